"""The words of the connection and of the command line."""

WORDS: dict[str, tuple[str, str]] = {
    "client.bad_target": ("connect({target}) is not a valid target.", "connect({target}) 无法识别。"),
    "client.bad_target_todo": (
        'connect() takes an app from arguments or the environment; connect("sandbox") is for practice.',
        'connect() 从参数或环境变量读取应用；connect("sandbox") 用于练习。',
    ),
    "client.unused": ("connect() cannot use {names} here.", "connect() 在此不能使用 {names}。"),
    "client.unused_todo": (
        (
            'connect("sandbox") has its own app and takes users=, seed= and failed_share=; pass an app to connect() '
            "instead."
        ),
        'connect("sandbox") 自带应用，只接受 users=、seed= 和 failed_share=；应用参数请用于 connect()。',
    ),
    "client.bad_path": ("{path} is not a DingTalk API path.", "{path} 不是钉钉接口路径。"),
    "client.bad_path_todo": (
        "Write it as /topapi/... or /v1.0/..., without the host; parameters go into query=.",
        "请写成 /topapi/... 或 /v1.0/...，不带主机名；参数放在 query= 中。",
    ),
    "client.no_message": (
        "{call}() needs a message, but was given {kind}.",
        "{call}() 需要一条消息，收到的却是 {kind}。",
    ),
    "client.no_message_todo": (
        'Create one: dingnb.text("Hi {{{{ name }}}}") or dingnb.markdown(title="...", text="...").',
        '请先创建：dingnb.text("你好 {{{{ name }}}}") 或 dingnb.markdown(title="...", text="...")。',
    ),
    "client.agent_id": ("Agent id", "AgentId"),
    "client.hosts": ("Servers", "服务器"),
    "client.in_process": ("a local DingTalk in this process", "本进程内的本地钉钉"),
    "client.none": ("none", "无"),
    "cli.demo_rows": ("The first rows of {path}:", "{path} 的前几行："),
    "cli.demo_again": (
        (
            "This is recorded in the ledger: if you run the demo again, it sends nothing. dingnb ledger list shows "
            "what was sent."
        ),
        "账本已记录：再次运行演示不会重复发送。dingnb ledger list 可查看已发送的任务。",
    ),
    "cli.no_results": ("Choose another file: --results FILE", "请用 --results 指定其他文件。"),
    "cli.no_listening": (
        "The sandbox cannot listen on {where}: {error}. Choose another port: --port 0 picks a free one.",
        "沙箱无法在 {where} 上监听：{error}。请换一个端口；--port 0 会选用空闲端口。",
    ),
    "cli.bad_port": (
        "{value!r} is not a port; ports range from 0 to {last}",
        "{value!r} 不是有效的端口；端口从 0 到 {last}",
    ),
    "client.bad_seconds": (
        "{name}={value} is not a number of seconds.",
        "{name}={value} 不是秒数。",
    ),
    "client.bad_seconds_todo": (
        "Pass 0 or more, as an argument or in {variable}.",
        "请在参数或 {variable} 中写 0 或更大的数。",
    ),
}
