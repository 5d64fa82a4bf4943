"""Texts for the studio."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "studio.title": ("Studio", "群发工作台"),
    "studio.recipients": ("Recipients", "收件人"),
    "studio.message": ("Message", "消息"),
    "studio.check": ("Check", "检查"),
    "studio.send": ("Send", "发送"),
    "studio.results": ("Results", "结果"),
    "studio.step": ("{n}. {name}", "{n}. {name}"),
    "studio.current": ("Current step", "当前步骤"),
    "studio.step_of": ("Step {n} of 5: {name}", "第 {n} 步（共 5 步）：{name}"),
    "studio.back": ("Back", "上一步"),
    "studio.corrected_unsent": ("The corrected text has not been sent yet.", "更正后的内容尚未发送。"),
    "studio.corrected_recall_first": (
        "First recall the earlier one by “{recall}”: a button here then leads back to send the corrected text.",
        "请先点“{recall}”撤回已发送的；撤回完成后，这里会出现发送更正内容的按钮。",
    ),
    "studio.corrected_ready": ("It was kept and can be sent now.", "内容已保留，现在可以发送。"),
    "studio.corrected_send": ("Send the corrected text to {people}", "向 {people}发送更正后的内容"),
    "studio.corrected_send_message": ("Send the corrected text ({people})", "发送更正后的内容（{people}）"),
    "studio.corrected_decide": ("Continue with the corrected text", "继续发送更正后的内容"),
    "studio.next": ("Next: {name}", "下一步：{name}"),
    "studio.upload_hint": (
        (
            "A CSV or Excel file with a column of DingTalk userids, phone numbers or names; or people of the "
            "directory. The file stays on the computer that runs dingnb. {large}"
        ),
        "含钉钉 userid、手机号或姓名列的 CSV 或 Excel 文件，或从通讯录选择。文件只留在运行 dingnb 的电脑上。{large}",
    ),
    "studio.upload_large_page": ("Up to {megabytes} MB.", "不超过 {megabytes} MB。"),
    "studio.upload_large": (
        "For files over 10 MB, use dingnb.read_recipients() in a cell.",
        "超过 10 MB 的文件请在单元格中用 dingnb.read_recipients() 读取。",
    ),
    "studio.from_file": ("A file", "文件"),
    "studio.from_file_about": (
        (
            "A CSV or Excel file with a column of DingTalk userids, phone numbers or names. It stays on the computer "
            "that runs dingnb. {large}"
        ),
        "含钉钉 userid、手机号或姓名列的 CSV 或 Excel 文件。文件只留在运行 dingnb 的电脑上。{large}",
    ),
    "studio.from_directory": ("The directory", "通讯录"),
    "studio.from_directory_about": (
        "Choose departments and people in DingTalk. No file is needed.",
        "直接从钉钉选择部门和人员，不需要文件。",
    ),
    "studio.drop": ("Or drop it here.", "也可以将文件拖放到此处。"),
    "studio.example_list": ("A list can look like this", "名单示例"),
    "studio.example_columns": ("name|userid|city", "姓名|userid|城市"),
    "studio.example_rows": ("Li Lei|user01|Beijing\nHan Mei|user02|Hangzhou", "李雷|user01|北京\n韩梅|user02|杭州"),
    "studio.upload": ("Choose a file", "选择文件"),
    "studio.upload_kinds": ("CSV or Excel", "CSV 或 Excel"),
    "studio.upload_another": ("Choose another file", "更换文件"),
    "studio.people_stayed": (
        "People from the other app's directory were not carried over. Choose the recipients again.",
        "未带入另一个应用通讯录中的人员，请重新选择收件人。",
    ),
    "studio.files_stayed": (
        "The uploaded files belonged to people of the other app and were not carried over. Upload them again.",
        "已上传的文件对应另一个应用的人员，未一并带入，请重新上传。",
    ),
    "studio_files.title": ("A file for each person", "每人一个文件"),
    "studio_files.hint": (
        (
            "Upload the files, or a zip archive of them, and match them to people by their names. They stay on the "
            "computer that runs dingnb, in private folders, until the message is sent or its draft is deleted. "
            "Up to {megabytes} MB."
        ),
        (
            "上传多个文件或一个 zip 压缩包，并按文件名匹配到人。文件只保存在运行 dingnb 的电脑上的私有文件夹中，"
            "消息发送或草稿删除后即删除。不超过 {megabytes} MB。"
        ),
    ),
    "studio_files.choose": ("Choose files", "选择文件"),
    "studio_files.choose_others": ("Choose other files", "更换文件"),
    "studio_files.kinds": ("several, or a zip", "可多选，或 zip"),
    "studio_files.column": ("Match by column", "按列匹配"),
    "studio_files.choose_column": ("choose …", "请选择……"),
    "studio_files.pattern": ("File name of each row", "文件名规则"),
    "studio_files.pattern_hint": ("payslip_{{{{ name }}}}.pdf", "工资条_{{{{ 姓名 }}}}.pdf"),
    "studio_files.working": ("Reading the files …", "正在读取文件……"),
    "studio_files.uploaded": ("Uploaded", "已上传"),
    "studio_files.matched": ("With a file", "已匹配文件"),
    "studio_files.missing": ("Without a file", "未匹配文件"),
    "studio_files.ambiguous": ("Ambiguous", "无法确定"),
    "studio_files.unmatched": ("Files without a person", "未匹配到人的文件"),
    "studio_files.missing_are": ("No file matches {n}: {names}", "{n}未匹配到文件：{names}"),
    "studio_files.missing_todo": ("Rows without a file won't be sent.", "没有文件的行不会发送。"),
    "studio_files.ambiguous_are": (
        "It is not clear which file belongs to {n}: {names}",
        "无法确定 {n}的文件：{names}",
    ),
    "studio_files.ambiguous_todo": (
        (
            "Each matches several files, or a file that matches other people too. Nothing is guessed: these rows "
            "won't be sent. Use file names that occur once, such as the userid."
        ),
        "这些行匹配到多个文件，或与他人共用一个文件。为避免发错，这些行将不发送。请使用不重复的文件名，如 userid。",
    ),
    "studio_files.unmatched_are": ("Nobody matches {n}: {names}", "{n}未匹配到人：{names}"),
    "studio_files.unmatched_todo": (
        "Check the list and the file names; files without a person are not sent.",
        "请检查名单和文件名；未匹配到人的文件不会发送。",
    ),
    "studio_files.in_folders_todo": (
        (
            "Files are matched by their own names, or by those of their folders if several have the same name and each "
            "is alone in its folder. Rename them, or check the list; these files are not sent."
        ),
        "文件按自身名称匹配；若多个文件同名且各自单独在一个文件夹中，则按文件夹名称匹配。请重命名或检查名单；这些文件不会发送。",
    ),
    "studio_files.use": ("Use these files ({rows})", "使用这些文件（{rows}）"),
    "studio_files.used": (
        "The message sends {files}, to each person their own. Check the recipients to see all of them.",
        "消息将发送 {files}，每人一个。检查收件人后可查看全部。",
    ),
    "studio_files.not_used": (
        "The matched files are not in the message yet: click “{button}”.",
        "已匹配的文件尚未加入消息：请点“{button}”。",
    ),
    "studio_files.reassigned": (
        "The files are not in the message yet: they match this list differently from the one before.",
        "文件尚未重新加入消息：与这份名单的匹配结果和之前不同。",
    ),
    "studio_files.reassigned_todo": ("Check the matches, then click “{button}”.", "请核对匹配结果，再点“{button}”。"),
    "studio_files.nothing": ("No file matches a row.", "没有文件与任何一行匹配。"),
    "studio_files.nothing_todo": (
        (
            "Choose the column that contains the file names. If the files' names contain other text as well, enter "
            "their pattern, such as payslip_{{{{ name }}}}.pdf. A file that is the same for everybody is chosen above."
        ),
        (
            "请选择含文件名的列；如果文件名还含其他文字，请填写文件名规则，例如 工资条_{{{{ 姓名 }}}}.pdf。"
            "所有人相同的文件请在上方选择。"
        ),
    ),
    "studio_files.packed_todo": (
        "Only zip archives are unpacked: pack the files of {name} as a zip archive, or upload the files themselves.",
        "只会解开 zip 压缩包：请把 {name} 中的文件重新打包为 zip，或直接上传这些文件。",
    ),
    "studio_files.suffixes": (
        "The files have different extensions ({suffixes}), but the names in the rows have none.",
        "文件的扩展名不同（{suffixes}），而各行的文件名中没有扩展名。",
    ),
    "studio_files.some_suffixes": (
        "Some file names in the rows have an extension, others do not ({suffixes}).",
        "部分行的文件名含扩展名，部分行没有（{suffixes}）。",
    ),
    "studio_files.suffixes_todo": (
        "Use a column with whole file names, such as payslip.pdf.",
        "请使用含完整文件名的列，例如 payslip.pdf。",
    ),
    "studio.list_kept": (
        "The recipients are still those of the previous list ({rows}).",
        "收件人没有更换，仍是之前的名单（{rows}）。",
    ),
    "studio.sheet": ("Sheet", "工作表"),
    "studio.skip_hidden": ("Skip hidden rows", "跳过隐藏行"),
    "studio.keep_hidden": ("Include hidden rows", "包含隐藏行"),
    "studio.encoding": ("Encoding", "编码"),
    "studio.encoding_of": ("Encoding of {file}", "{file} 的编码"),
    "studio.encoding_found": ("detected automatically", "自动识别"),
    "studio.reading": ("Reading file …", "正在读取文件……"),
    "studio.no_recipients": ("Choose the recipients first.", "请先选择收件人。"),
    "studio.no_address_todo": (
        "It contains DingTalk userids or phone numbers. If the list has only names, find people by name below.",
        "该列应为钉钉 userid 或手机号。名单中只有姓名时，请在下方按姓名查找收件人。",
    ),
    "studio.no_message": ("Write the message first.", "请先撰写消息。"),
    "studio.still_checking": ("The check is still running.", "检查仍在进行。"),
    "studio.matched_list": (
        "The list after finding people by name: {rows} of the {all} read, with the person's userid.",
        "按姓名查找后的名单：读取的 {all}中保留 {rows} 行，并含收件人的 userid。",
    ),
    "studio.matched_left_out": ("You left out {rows}.", "您排除了 {rows}。"),
    "studio.opening": ("Opening the studio …", "正在打开工作台……"),
    "studio.not_checked": ("Check the recipients first.", "请先检查收件人。"),
    "studio.nothing_sent": ("Nothing has been sent yet.", "尚未发送。"),
    "studio.nothing_sent_todo": (
        "In the step “Send”, enter the count and click the send button.",
        "请在“发送”步骤输入人数并点发送按钮。",
    ),
    "studio.not_used": ("These people are not the recipients yet.", "这些人员尚未用作收件人。"),
    "studio.not_used_todo": ("Click “{button}”.", "请点“{button}”。"),
    "studio.addresses": ("Recipient columns", "收件人对应的列"),
    "studio.number": ("No.", "序号"),
    "studio.file_details": ("About the file", "文件信息"),
    "studio.renamed": ("Names in code", "代码中的列名"),
    "studio.first_rows": ("First {n:,} of {rows}", "共 {rows}，显示前 {n:,} 行"),
    "studio.more_columns": ("and {columns} more", "另有 {columns}"),
    "studio.draft_saved": ("Saved as draft “{name}” at {moment}.", "已于 {moment} 存为草稿“{name}”。"),
    "studio.draft_saved_unnamed": ("Draft saved at {moment}.", "草稿已于 {moment} 保存。"),
    "studio.checked_again": (
        "The recipients are checked again after a reload. Then “Send” opens again.",
        "重新加载后会重新检查收件人，完成后自动回到“发送”。",
    ),
    "studio.was_checked_again": (
        "The recipients were checked again after the reload, which sends nothing.",
        "重新加载后已重新检查收件人；重新加载不会发送消息。",
    ),
    "studio.draft_lost": (
        "The draft that was open here was deleted or sent, maybe in another window.",
        "此处打开的草稿已被删除或发送，可能是在其他窗口中。",
    ),
    "studio.not_restored": (
        "Not everything on this page could be restored, perhaps because dingnb was updated: {parts}.",
        "此页面有内容未能恢复或未能完整恢复，可能因为更新了 dingnb：{parts}。",
    ),
    "studio.not_restored_todo": (
        "Everything sent is recorded. Check what is shown here, and choose again what is missing.",
        "已发送的内容均有记录。请核对此处显示的内容，并重新选择缺少的部分。",
    ),
    "studio.lost_list": ("the recipients", "收件人名单"),
    "studio.lost_directory": ("the selection in the directory", "通讯录中的选择"),
    "studio.lost_message": ("the message", "消息"),
    "studio.lost_list_set_aside": ("the previous list", "之前的名单"),
    "studio.lost_page": ("the page that was open", "打开的页面"),
    "studio.list_cleared": (
        "This campaign starts without the list of {rows} chosen before.",
        "新的群发任务不带之前选择的名单（{rows}）。",
    ),
    "studio.files_cleared": (
        "The files uploaded for each person are not kept.",
        "为每个人上传的文件不再保留。",
    ),
    "studio.message_in_drafts": ("Its message is in the drafts.", "其消息保存在草稿中。"),
    "studio.draft_stayed": (
        "To practise, the sandbox has a copy of the message; its draft stays with your app.",
        "沙箱中是该消息的副本，供您练习；草稿仍保留在您的应用中。",
    ),
    "studio.draft_moved": (
        "The message and its draft are with this app now.",
        "消息及其草稿已转到此应用。",
    ),
    "studio.draft_of": ("{name} · saved {moment}", "{name} · 保存于 {moment}"),
    "studio.draft_of_unnamed": ("saved {moment}", "保存于 {moment}"),
    "studio.tests_show": ("Show tests ({n:,})", "显示测试（{n:,}）"),
    "studio.tests_hide": ("Hide tests ({n:,})", "隐藏测试（{n:,}）"),
    "studio.answered": ("{n:,} answered", "{n:,} 人已回答"),
    "studio.home": ("Campaigns", "群发任务"),
    "studio.opening_step": ("Opening …", "正在打开……"),
    "studio.to_home": ("← All campaigns", "← 全部任务"),
    "studio.calls": ("{n:,} of {most:,} calls this month", "本月已调用 {n:,} / {most:,} 次"),
    "studio.new": ("New campaign", "新建群发"),
    "studio.resume": ("Back to “{name}”", "回到{name}页"),
    "studio.empty": ("Send your first campaign", "发起第一次群发"),
    "studio.empty_todo": (
        "Nothing is sent before you confirm the number of people.",
        "确认人数之前，不会发送任何消息。",
    ),
    "studio.empty_recipients": (
        "From Excel or CSV, by name, or from the directory",
        "来自 Excel 或 CSV、按姓名查找，或从通讯录选择",
    ),
    "studio.empty_message": (
        "The same for everybody, or with each person's data from the list",
        "统一的内容，或代入名单中每个人的数据",
    ),
    "studio.empty_check": (
        "Who will not get it and why, what it costs, and a test for yourself",
        "谁不会收到及其原因、需要多少次调用，并可先给自己发测试",
    ),
    "studio.empty_results": (
        "Who has received it, who has read it, and whom to remind",
        "谁已收到、谁已读，以及需要提醒谁",
    ),
    "studio.empty_practise": (
        (
            "Practise first, with a list of people of the sandbox and a message for them: no real person receives "
            "anything. Or start with your own list."
        ),
        "可先用沙箱的示例名单和示例消息练习，不会真实发送；也可以用您自己的名单开始。",
    ),
    "studio.sample": ("Practise with a sample list", "用示例名单练习"),
    "studio.sample_loading": ("Reading the sample list from the sandbox …", "正在从沙箱读取示例名单……"),
    "studio.sample_title": ("Practice {moment}: team day", "练习 {moment}：团建通知"),
    "studio.sample_text": (
        "Hi **{tag}**,\n\nwe meet on Friday at 3 pm in the lobby.\n\n> Sample message, {moment}",
        "**{tag}**，您好：\n\n周五下午 3 点在大堂集合。\n\n> 示例消息，{moment}",
    ),
    "studio.sample_taken": (
        "The list has {people} of the sandbox. Change the message if you like, then go on.",
        "名单含沙箱中的 {people}。可以修改消息，然后继续。",
    ),
    "studio.phone_show": ("Show phone", "显示手机"),
    "studio.phone_hide": ("Hide phone", "隐藏手机"),
    "studio.phone_whose": ("Phone of", "查看谁的手机"),
    "studio.phone_find": ("Find person", "查找人员"),
    "studio.phone_find_hint": ("part of the name or userid", "姓名或 userid 的一部分"),
    "studio.phone_first": (
        "{n:,} of {people} are listed; find the others above.",
        "共 {people}，列出 {n:,} 人；其他人请在上方查找。",
    ),
    "studio.phone_found": ("{n:,} of {people} found", "{people}中找到 {n:,} 人"),
    "studio.phone_none_found": ("Nobody matches “{text}”.", "没有人与“{text}”匹配。"),
    "studio.phone_nobody": (
        "Choose recipients or open a campaign to see their phones here.",
        "选择收件人或打开任务后，可在此查看他们的手机。",
    ),
    "studio.phone_unchecked": (
        "Check the recipients to see their phones here: the owners of these numbers have not been looked up yet.",
        "检查收件人后，可在此查看他们的手机：尚未查询这些手机号对应的人员。",
    ),
    "studio.find": ("Find a campaign", "查找任务"),
    "studio.find_hint": ("part of its name", "名称的一部分"),
    "studio.any_state": ("all", "全部"),
    "studio.found": ("{n:,} of {campaigns}", "{campaigns}中找到 {n:,} 个"),
    "studio.past_name": ("campaign", "任务"),
    "studio.past_state": ("state", "状态"),
    "studio.past_people": ("people", "人数"),
    "studio.past_accepted": ("{n:,} accepted", "已受理 {n:,}"),
    "studio.past_listed": ("of {n:,} in the list", "名单共 {n:,}"),
    "studio.share_of_list": ("{share} of the list", "名单的 {share}"),
    "studio.past_missed": ("{n:,} missed it", "{n:,} 未收到"),
    "studio.past_sent_before": ("{n:,} already sent before", "{n:,} 此前已发送"),
    "studio.past_not_sent": ("{n:,} not sent", "{n:,} 不发送"),
    "studio.past_not_sent_rows": ("{n:,} not sent ({rows})", "{n:,} 不发送（{rows}）"),
    "studio.past_delivered": ("delivered", "已送达"),
    "studio.past_read": ("read", "已读"),
    "studio.past_answered": ("answered", "已回答"),
    "studio.past_read_answered": ("read / answered", "已读 / 已回答"),
    "studio.past_day": ("date", "日期"),
    "studio.past_who": ("sent by", "发送人"),
    "studio.quota_refused": (
        "DingTalk refuses calls: the organisation has used up this month's quota.",
        "钉钉已拒绝调用：企业本月的调用额度已用完。",
    ),
    "studio.quota_refused_todo": (
        (
            "“{name}” stopped for this reason, and other messages cannot be sent either. Continue next month, or once "
            "an administrator has bought more calls."
        ),
        "“{name}”因此停止，其他消息也无法发送。请下月再继续，或由管理员购买调用量后继续。",
    ),
    "studio.unreceived": (
        "Answers to {names} are not being received here.",
        "此窗口未在接收以下任务的回答：{names}。",
    ),
    "studio.unreceived_todo": (
        (
            "Open a campaign to receive its answers, unless another window does. Those that nobody receives are lost "
            "unless DingTalk sends them again."
        ),
        "如果没有其他窗口在接收，请打开任务开始接收。无人接收的回答会丢失，除非钉钉重发。",
    ),
    "studio.unfinished": (
        "Not finished: {campaign}. Nothing is being sent.",
        "尚未完成：{campaign}。当前未在发送。",
    ),
    "studio.recall_ongoing": (
        "Being recalled: {campaign}. Open it to follow its progress or stop it.",
        "正在撤回：{campaign}。可打开查看进度或停止。",
    ),
    "studio.recall_interrupted": (
        "Recall incomplete: {campaign}. Some people may still have the message. Open it to continue the recall.",
        "撤回未完成：{campaign}。可能仍有人能看到消息，请打开后继续撤回。",
    ),
    # This button only opens the campaign; the button that resumes the campaign is there, next to the counts.
    "studio.resume_campaign": ("Resume “{name}” …", "继续“{name}”……"),
    "studio.sending": (
        "Sending: {campaign}. Open it to follow its progress or stop it.",
        "正在发送：{campaign}。可打开查看进度或停止。",
    ),
    "studio.being_sent": (
        (
            "“{name}” is being sent and continues while this page is closed. Connect {app} to follow its "
            "progress or stop it."
        ),
        "“{name}”正在发送，关闭本页也会继续。连接 {app} 即可查看进度或停止。",
    ),
    "studio.being_sent_by": (
        "“{name}” is being sent by {who}. Connect {app} to follow its progress or stop it.",
        "{who} 正在发送“{name}”。连接 {app} 即可查看进度或停止。",
    ),
    "studio.campaign_rate": ("{rate:.1f} calls a second", "每秒 {rate:.1f} 次调用"),
    "studio.campaign_sender": ("by {who}", "由 {who} 发送"),
    "studio.campaign_sent": ("{n:,} of {people} accepted by DingTalk", "钉钉已受理 {n:,} / {people}"),
    "studio.state_running": ("sending", "发送中"),
    "studio.state_paused": ("paused", "已暂停"),
    "studio.state_stopped": ("stopped", "已停止"),
    "studio.state_interrupted": ("interrupted", "已中断"),
    "studio.being_recalled": ("being recalled", "正在撤回"),
    "studio.recall_incomplete": ("recall incomplete", "撤回未完成"),
    "studio.some_recalled": ("{n:,} recalled", "{n:,} 已撤回"),
    "studio.cards_closed": ("cards closed", "卡片已关闭"),
    "studio.with_recalled": ("{share}, incl. recalled", "{share}（含已撤回）"),
    "studio.not_known": ("not known", "不明确"),
    "studio.not_reported": ("not reported", "钉钉不提供"),
    "studio.state_finished": ("finished", "已完成"),
    "studio.view": ("View “{name}”", "查看“{name}”"),
    "studio.copy": ("Copy message", "复制消息"),
    "studio.copy_of": ("Copy the message of “{name}”", "复制“{name}”的消息"),
    "studio.copied": (
        "The message of “{name}” was copied.",
        "已复制“{name}”的消息。",
    ),
    "studio.continued": (
        (
            "This is the message of “{name}”. It is sent under the same name: people who have it already are not sent "
            "it again."
        ),
        "这是“{name}”的消息，将以相同名称继续发送：已发送的人不会重复发送。",
    ),
    "studio.continued_todo": (
        "Choose its list of recipients, for example the corrected file.",
        "请选择其名单，例如更正后的文件。",
    ),
    "studio.other_message_in_drafts": (
        "The message written before is in the drafts.",
        "之前撰写的消息保存在草稿中。",
    ),
    "studio.test_not_continued": (
        "This is a test: only its results can be opened.",
        "这是一次测试，只能查看结果。",
    ),
    "studio.no_text_to_continue": (
        "The texts of “{name}” were not stored: only its results can be opened here.",
        "“{name}”的正文未保存，此处只能查看结果。",
    ),
    "studio.message_only": (
        "It is the message only, without a list of recipients.",
        "仅含消息，不含收件人名单。",
    ),
    "studio.use_list": ("Use the previous list: {list}", "使用之前的名单：{list}"),
    "studio.list_of": ("{file} · {rows}", "{file} · {rows}"),
    "studio.list_in_use": (
        "Until you use people of the directory, the recipients are still: {list}.",
        "选用通讯录中的人之前，收件人仍为：{list}。",
    ),
    "studio.no_text_kept": (
        "The texts of “{name}” were not stored, so there is nothing to copy.",
        "“{name}”的正文未保存，无法复制。",
    ),
    "studio.drafts": ("Drafts", "草稿"),
    "studio.drafts_note": (
        "A draft keeps the message and its files, but not the recipients.",
        "草稿保存消息及其文件，不保存收件人。",
    ),
    "studio.open_draft": ("Open draft “{name}”", "打开草稿“{name}”"),
    "studio.delete": ("Delete", "删除"),
    "studio.delete_draft": ("Delete draft “{name}”", "删除草稿“{name}”"),
    "studio.deleted": ("“{name}” was deleted.", "已删除“{name}”。"),
    "studio.restore_draft": ("Restore “{name}”", "恢复“{name}”"),
    "studio.opened_copy": ("Its message was copied from “{name}”.", "其消息复制自“{name}”。"),
    "studio.opened": ("“{name}” is open; changes are saved in it.", "已打开“{name}”，更改会自动保存。"),
}
