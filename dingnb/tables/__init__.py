"""Files and cells in and out: CSV, Excel, encodings, headers, ids, and exports safe against formulas."""
