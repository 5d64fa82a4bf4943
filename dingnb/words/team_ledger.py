"""Texts for a ledger in a database that a team shares."""

_NOT_ELSEWHERE = (
    "Do not send with another ledger meanwhile: it has no record of who already got the message, and they would get it "
    "twice."
)
_NOT_ELSEWHERE_ZH = "在此期间请勿使用其他账本发送：其中没有谁已收到的记录，他们会再次收到。"

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "team_ledger.bad_url": (
        "The address of the ledger is not a valid PostgreSQL URL. It may contain a password, so it is not shown here.",
        "账本地址不是有效的 PostgreSQL URL。其中可能含有密码，因此不在此显示。",
    ),
    "team_ledger.ssl_password": (
        "The database's URL has the parameter sslpassword, which is not supported.",
        "数据库 URL 含有参数 sslpassword，不支持。",
    ),
    "team_ledger.ssl_password_todo": (
        "Remove it, and use a client key without a passphrase that only you can read.",
        "请去掉该参数，并使用没有口令、仅您可读的客户端密钥。",
    ),
    "team_ledger.bad_url_todo": (
        (
            "Use postgresql://USER@HOST:PORT/DATABASE. In a password, write special characters as %XX "
            "(urllib.parse.quote(password, safe='')), or leave the password out and set PGPASSWORD."
        ),
        (
            "请使用 postgresql://用户@主机:端口/数据库。密码中的特殊字符请写为 %XX"
            "（urllib.parse.quote(password, safe='')），或省略密码并设置 PGPASSWORD。"
        ),
    ),
    "team_ledger.bad_place": (
        (
            "What is given as the ledger is neither a PostgreSQL URL nor a folder. It may contain a password, so it is "
            "not shown here."
        ),
        "指定的账本既不是 PostgreSQL URL，也不是文件夹。其中可能含有密码，因此不在此显示。",
    ),
    "team_ledger.bad_place_todo": (
        (
            "Use postgresql://USER@HOST:PORT/DATABASE for a ledger that a team shares, or the absolute path of a "
            "folder, in ledger= and in DINGNB_LEDGER. If the name of a new folder looks like part of a URL, as in "
            "/data/user=ann, create it first."
        ),
        (
            "ledger= 和 DINGNB_LEDGER 请使用团队账本的 postgresql://用户@主机:端口/数据库，或文件夹的绝对路径。"
            "新文件夹的名称如果与 URL 的一部分相似（例如 /data/user=ann），请先创建。"
        ),
    ),
    "team_ledger.no_driver": (
        "A ledger in PostgreSQL needs the package psycopg, which is not installed.",
        "PostgreSQL 账本需要 psycopg 包，尚未安装。",
    ),
    "team_ledger.no_driver_todo": ("Install it: pip install 'dingnb[team]'", "请安装：pip install 'dingnb[team]'"),
    "team_ledger.unreachable": (
        "The database of the ledger {place} cannot be reached, or the connection to it was lost ({cause}).",
        "无法连接账本所在的数据库 {place}，或连接已断开（{cause}）。",
    ),
    "team_ledger.unreachable_todo": (
        f"Check the address and the network, or ask the database administrator, then try again. {_NOT_ELSEWHERE}",
        f"请检查地址和网络，或联系数据库管理员，然后重试。{_NOT_ELSEWHERE_ZH}",
    ),
    "team_ledger.password": (
        "The database of the ledger {place} does not accept the user or the password ({cause}).",
        "账本所在的数据库 {place} 不接受该用户或密码（{cause}）。",
    ),
    "team_ledger.password_todo": (
        (
            "Check the user in the URL, and the password: in the URL, in PGPASSWORD, in PostgreSQL's password file "
            "or in the profile."
        ),
        "请检查 URL 中的用户，以及密码：在 URL、PGPASSWORD、PostgreSQL 密码文件或配置中。",
    ),
    "team_ledger.refused": (
        "The server of the ledger {place} does not let this user use this database from here ({cause}).",
        "账本 {place} 所在的服务器不允许该用户从本机使用此数据库（{cause}）。",
    ),
    "team_ledger.refused_todo": (
        (
            "Check the user and the database in the URL. If they are right, the database administrator has to allow "
            f"the connection (pg_hba.conf, or GRANT CONNECT). {_NOT_ELSEWHERE}"
        ),
        (
            "请检查 URL 中的用户和数据库；如果无误，请数据库管理员允许该连接（pg_hba.conf 或 GRANT CONNECT）。"
            f"{_NOT_ELSEWHERE_ZH}"
        ),
    ),
    "team_ledger.no_encryption": (
        "The server of the ledger {place} does not encrypt connections, but the URL requires it ({cause}).",
        "账本 {place} 所在的服务器不支持加密连接，但 URL 要求加密（{cause}）。",
    ),
    "team_ledger.no_encryption_todo": (
        "Check the host and the port in the URL, or ask the database administrator to set up SSL.",
        "请检查 URL 中的主机和端口，或联系数据库管理员启用 SSL。",
    ),
    "team_ledger.unavailable": (
        "The database server of the ledger {place} is starting, stopping or recovering ({cause}).",
        "账本 {place} 所在的数据库服务器正在启动、关闭或恢复（{cause}）。",
    ),
    "team_ledger.unavailable_todo": (
        f"Try again in a few minutes, or ask the database administrator. {_NOT_ELSEWHERE}",
        f"请几分钟后重试，或联系数据库管理员。{_NOT_ELSEWHERE_ZH}",
    ),
    "team_ledger.no_database": (
        "There is no database at {place} ({cause}).",
        "{place} 没有此数据库（{cause}）。",
    ),
    "team_ledger.no_database_todo": (
        "Check the name of the database at the end of the URL.",
        "请检查 URL 末尾的数据库名称。",
    ),
    "team_ledger.no_tables": (
        "The database {place} has no ledger yet.",
        "数据库 {place} 中还没有账本。",
    ),
    "team_ledger.no_tables_todo": (
        (
            "Check the address. A new ledger is created once, by the owner of the database: "
            "dingnb ledger init postgresql://OWNER@HOST/DATABASE --apply"
        ),
        "请检查地址。新账本由数据库所有者创建一次：dingnb ledger init postgresql://所有者@主机/数据库 --apply",
    ),
    "team_ledger.no_access": (
        "The user {cause} has no access to the ledger {place}.",
        "用户 {cause} 无权访问账本 {place}。",
    ),
    "team_ledger.no_access_todo": (
        (
            'Ask the owner of the database for: GRANT dingnb_team TO "USER", or the role that was chosen with --role '
            "(dingnb ledger init prints all of it)."
        ),
        (
            '请数据库所有者执行：GRANT dingnb_team TO "用户"；如果当初用 --role 指定了其他角色，则授予该角色'
            "（dingnb ledger init 会列出全部语句）。"
        ),
    ),
    "team_ledger.lacks_rights": (
        "The user of the ledger {place} lacks rights to it: {cause}.",
        "账本 {place} 的用户缺少权限：{cause}。",
    ),
    "team_ledger.lacks_rights_todo": (
        (
            'Ask the owner of the database for: GRANT dingnb_team TO "USER", or the role that was chosen with --role. '
            "If the user is a member already: dingnb ledger init postgresql://OWNER@HOST/DATABASE --apply, with the "
            "same --role."
        ),
        (
            '请数据库所有者执行：GRANT dingnb_team TO "用户"；如果当初用 --role 指定了其他角色，则授予该角色。'
            "如果该用户已是成员，则执行：dingnb ledger init postgresql://所有者@主机/数据库 --apply，"
            "并使用相同的 --role。"
        ),
    ),
    "team_ledger.not_ours": (
        "The schema dingnb of the database {place} belongs to another product, and is not a ledger.",
        "数据库 {place} 中名为 dingnb 的模式（schema）属于其他产品，不是账本。",
    ),
    "team_ledger.not_ours_todo": (
        "Check the name of the database at the end of the URL, or create another database for the ledger.",
        "请检查 URL 末尾的数据库名称，或为账本另建数据库。",
    ),
    "team_ledger.not_postgres": (
        "The server at {place} is not PostgreSQL ({cause}).",
        "{place} 处的服务不是 PostgreSQL（{cause}）。",
    ),
    "team_ledger.not_postgres_todo": (
        "Check the host and the port in the URL; PostgreSQL usually listens on 5432.",
        "请检查 URL 中的主机和端口；PostgreSQL 通常使用 5432。",
    ),
    "team_ledger.clock": (
        (
            "The clock of the database {place} and that of this computer differ by more than 10 minutes: {cause} "
            "(Beijing time). All times in the ledger are the database's: they determine the pace of calls, the month "
            "in which a call counts, and whether it may be repeated on the same day."
        ),
        (
            "数据库 {place} 与本机的时钟相差超过 10 分钟：{cause}（北京时间）。账本中的时间均以数据库为准，"
            "用于控制调用速度、按月计数以及判断是否同一天。"
        ),
    ),
    "team_ledger.clock_todo": (
        "Set the clock that is wrong, then connect again.",
        "请校正不准的时钟，然后重新连接。",
    ),
    "team_ledger.shared": (
        (
            "Everybody who may use this ledger can read what is in it: texts, stored columns, results, answers, phone "
            "numbers and the directory. With send(store_content=False), neither the texts nor the columns of a "
            "finished campaign are kept; dingnb ledger prune deletes more (docs/team.md)."
        ),
        (
            "有权使用此账本的人都能读取其中的内容：正文、保存的列、结果、回答、手机号和通讯录。"
            "使用 send(store_content=False) 时，任务完成后不保留正文和列；"
            "dingnb ledger prune 可清理更多内容（见 docs/zh/team.md）。"
        ),
    ),
    "team_ledger.password_in_code": (
        (
            "The password of the ledger was passed in code. If it is written in this notebook, everybody who gets the "
            "notebook has it: remove it, and use PGPASSWORD or a profile (dingnb.login)."
        ),
        (
            "账本密码是在代码中传入的。如果写在此 notebook 中，拿到 notebook 的人都会得到它：请删除，"
            "并改用 PGPASSWORD 或保存的配置（dingnb.login）。"
        ),
    ),
    "team_ledger.no_right": (
        "The user of the ledger {place} lacks a right in its database ({cause}).",
        "账本 {place} 的用户在数据库中权限不足（{cause}）。",
    ),
    "team_ledger.no_right_todo": (
        "Ask the owner of the database to grant it; dingnb ledger init prints what is needed.",
        "请联系数据库所有者授权；dingnb ledger init 会列出所需语句。",
    ),
    "team_ledger.read_only": (
        "The database of the ledger {place} is read-only, as a replica is ({cause}).",
        "账本所在的数据库 {place} 是只读的，例如只读副本（{cause}）。",
    ),
    "team_ledger.read_only_todo": (
        f"Use the address of the primary server, or ask the database administrator. {_NOT_ELSEWHERE}",
        f"请使用主服务器的地址，或联系数据库管理员。{_NOT_ELSEWHERE_ZH}",
    ),
    "team_ledger.full": (
        "The disk of the database {place} is full ({cause}).",
        "数据库 {place} 的磁盘已满（{cause}）。",
    ),
    "team_ledger.full_todo": (
        f"Ask the database administrator to free space, then try again. {_NOT_ELSEWHERE}",
        f"请联系数据库管理员清理空间，然后重试。{_NOT_ELSEWHERE_ZH}",
    ),
    "team_ledger.busy": (
        "The database of the ledger {place} has no room for this connection ({cause}).",
        "账本所在的数据库 {place} 无法接受更多连接（{cause}）。",
    ),
    "team_ledger.busy_todo": (
        f"Try again in a moment. If that does not help, ask the database administrator. {_NOT_ELSEWHERE}",
        f"请稍后重试。如仍不行，请联系数据库管理员。{_NOT_ELSEWHERE_ZH}",
    ),
    "team_ledger.locked": (
        "Another process is using the ledger {place} ({cause}).",
        "另一个进程正在使用账本 {place}（{cause}）。",
    ),
    "team_ledger.locked_todo": (
        "Try again in a moment.",
        "请稍后重试。",
    ),
    "team_ledger.old_server": (
        "The database of the ledger {place} is PostgreSQL {cause}, which is too old.",
        "账本所在的数据库 {place} 是 PostgreSQL {cause}，版本过旧。",
    ),
    "team_ledger.old_server_todo": (
        "Use PostgreSQL 15 or newer.",
        "请使用 PostgreSQL 15 或更新版本。",
    ),
    "team_ledger.pooler": (
        (
            "There is a connection pooler between this computer and the database {place}. It passes the locks of one "
            "connection to another, so two processes could send the same campaign."
        ),
        "本机与数据库 {place} 之间有连接池。连接池会把一个连接的锁转给另一个连接，两个进程可能会发送同一群发任务。",
    ),
    "team_ledger.pooler_todo": (
        "Use the address of the database itself.",
        "请使用数据库本身的地址。",
    ),
    "team_ledger.newer": (
        "The ledger {place} has version {cause}, which is newer than this dingnb supports ({known}).",
        "账本 {place} 的版本为 {cause}，高于此 dingnb 支持的版本（{known}）。",
    ),
    "team_ledger.newer_todo": (
        "Upgrade dingnb: pip install --upgrade dingnb",
        "请升级 dingnb：pip install --upgrade dingnb",
    ),
    "team_ledger.older": (
        "The ledger {place} has version {cause}, and this dingnb needs {known}.",
        "账本 {place} 的版本为 {cause}，此 dingnb 需要 {known}。",
    ),
    "team_ledger.older_todo": (
        (
            "While nobody is sending, the owner of the database upgrades the ledger: dingnb ledger init "
            "postgresql://OWNER@HOST/DATABASE --apply. Then everybody else upgrades dingnb."
        ),
        (
            "请由数据库所有者在无人发送时升级账本：dingnb ledger init postgresql://所有者@主机/数据库 --apply。"
            "之后请其他人都升级 dingnb。"
        ),
    ),
    "team_ledger.replaced": (
        "The database {place} is a different ledger, or an older copy of the one that this notebook used there.",
        "数据库 {place} 是另一个账本，或是此 notebook 所用账本的旧副本。",
    ),
    "team_ledger.replaced_todo": (
        f"Ask the database administrator whether a backup was restored. {_NOT_ELSEWHERE}",
        f"请联系数据库管理员，确认是否恢复过备份。{_NOT_ELSEWHERE_ZH}",
    ),
    "team_ledger.failed": (
        "The ledger {place} cannot be used: {cause}.",
        "账本 {place} 无法使用：{cause}。",
    ),
    "team_ledger.failed_todo": (
        "Ask the database administrator, then try again.",
        "请联系数据库管理员，然后重试。",
    ),
}
