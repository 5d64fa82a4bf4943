"""Reading and writing tables: CSV, Excel, encodings, headers, ids, and exports without formulas."""
