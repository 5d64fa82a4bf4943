"""
Variants of texts for forms: they say what to click or fill in, where the original text mentions Python or HTTP.

A key is ``in_form.`` followed by the key of the original text. A variant can use the same fields, and the names in
`LABELS`.
"""

LABELS: dict[str, str] = {
    "refresh": "run.refresh",
    "resume": "run.resume",
    "stop": "run.stop",
    "retry": "results_form.act_retry_name",
    "resolve": "results_form.act_resolve_name",
    "recall": "results_form.act_recall_name",
    "recall_rest": "results_form.act_recall_rest_name",
    "recall_found": "results_form.recall_found_name",
    "recall_person": "results_form.recall_person_name",
    "close": "results_form.act_close_name",
    "name_field": "plan_form.name",
    "beyond": "plan_form.beyond_quota",
    "problems": "plan_form.problems",
    "key_field": "compose.key",
    "exclude_field": "compose.exclude",
    "settings_button": "settings.open",
    "agent_id_field": "login.agent_id",
    "another": "login.another",
    "start": "events_form.start",
    "receive": "answers_form.listen",
    "encoding_field": "studio.encoding",
    "skip_hidden": "studio.skip_hidden",
    "keep_hidden": "studio.keep_hidden",
    "picture": "type.image",
    "file_type": "type.file",
}
"""Names of buttons and fields that variants can use, with the keys of their labels."""

_UNREADABLE_ANSWER = (
    "The answer could not be understood (HTTP {status}).",
    "无法识别返回的内容（HTTP {status}）。",
)

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "in_form.campaign.nothing_sent": (
        "Nothing was sent this time: finished on {day}, {people}.",
        "本次没有再发送：已于 {day}完成，{people}。",
    ),
    "in_form.campaign.nothing_sent_plan": (
        "Nothing was sent this time: finished on {day}; {people} in this plan.",
        "本次没有再发送：已于 {day}完成；此计划中有 {people}。",
    ),
    "in_form.campaign.nothing_left": (
        "Nothing was sent this time: everything is settled already, {people}.",
        "本次没有再发送：均已处理完毕，{people}。",
    ),
    "in_form.frame.other_app_todo": (
        "Find the people again by name or in the directory with this connection.",
        "请用当前连接重新按姓名或从通讯录查找收件人。",
    ),
    "in_form.match.name_only": (
        "Only the name matches: {who}. The app may not see everyone with this name.",
        "仅姓名一致：{who}。应用未必能看到所有同名人员。",
    ),
    "in_form.match.candidates": ("Choose the one who is meant.", "请选择其中正确的人。"),
    "in_form.match.below": (
        "In a sub-department of {department!r}: {who}.",
        "{department!r} 是以下人员所在部门的上级部门：{who}。",
    ),
    "in_form.match.repeated": (
        (
            "{rows} of the list are {who} by name, and the app may see only one of several people with this name. If "
            "it is one person, choose that person for each of these rows; leave out superfluous rows."
        ),
        (
            "名单中有 {rows}按姓名都是 {who}，但应用可能只看到多位同名人员中的一位。如确为同一人，请为这些行逐一选定；"
            "多余的行请排除。"
        ),
    ),
    "in_form.drafts.none_yet": ("It was deleted, maybe in another window.", "它已被删除，可能是在其他窗口中。"),
    "in_form.answer.ahead": (
        "Answers are received from the start, while this page or notebook is running. Later, click “{receive}”.",
        "发送后即开始接收回答，直到此页面或 notebook 关闭。之后如需接收，请点“{receive}”。",
    ),
    "in_form.answer.not_listening": (
        "Answers are not being received here: click “{receive}”.",
        "此处未接收回答：请点“{receive}”。",
    ),
    "in_form.campaign.other_people": (
        "Also in this campaign, and counted in its progress: {people} of other lists.",
        "此任务还包括其他名单中的 {people}，也计入进度。",
    ),
    "in_form.campaign.first_people": ("{names} and others", "{names} 等"),
    "in_form.answer.reminds_closed_todo": (
        "Further cards are refused. To ask again, send another plan under a new name.",
        "不能再发送卡片。如需再次询问，请另做计划并用新名称发送。",
    ),
    "in_form.answer.no_further_todo": (
        "To ask again, send under another name.",
        "如需再次询问，请换一个名称发送。",
    ),
    "in_form.answer.closing_running_todo": ("Stop it first.", "请先停止。"),
    "in_form.answer.closing_stopped_todo": (
        "Further answers do not count. The other cards can still be disabled.",
        "之后的回答不再计入。其余卡片仍可继续关闭。",
    ),
    "in_form.stream.failed": ("failed; click “{start}” to try again", "已失败，可点“{start}”重试"),
    "in_form.record.changed_todo": ("Choose above what they get.", "请在上方选择如何处理。"),
    "in_form.record.changed_media_todo": ("Choose above what they get.", "请在上方选择如何处理。"),
    "in_form.record.recall_all_first": (
        "The earlier message can also be recalled first.",
        "也可以先撤回已发送的消息。",
    ),
    "in_form.record.recall_some_first": (
        (
            "The earlier message can also be recalled first, from them alone: find them in the results of campaign "
            "“{name}”, and choose “{recall_found}” or “{recall_person}”."
        ),
        "也可以先只撤回已发给他们的消息：请在任务“{name}”的结果中找到他们，选择“{recall_found}”或“{recall_person}”。",
    ),
    "in_form.record.absent_rejected": (
        "Among them: {people} whose rows in the input are not sent; see “{problems}”.",
        "其中 {people}在数据中，但所在行有误、不发送；原因见“{problems}”。",
    ),
    "in_form.record.absent_todo": ("Choose above what they get.", "请在上方选择如何处理。"),
    "in_form.record.other_key": (
        "Campaign {name} was sent with {before}, but this list is checked with {now}.",
        "群发任务 {name} 发送时{before}，而此名单{now}。",
    ),
    "in_form.row.key_blank": (
        "The unique key {column!r} is empty in this row.",
        "此行的区分字段 {column!r} 为空。",
    ),
    "in_form.record.key": ("the unique key {columns}", "以 {columns} 为区分字段"),
    "in_form.record.no_key": ("no unique key", "没有区分字段"),
    "in_form.record.key_todo": (
        "Under “{key_field}”, choose the column with which the campaign was sent.",
        "请在“{key_field}”中选择此任务发送时的列。",
    ),
    "in_form.record.no_key_todo": (
        "Keep one row of each person, and choose no column under “{key_field}”.",
        "请让每人只保留一行，且不在“{key_field}”中选择列。",
    ),
    "in_form.record.others_todo": (
        "Under another name, everybody in this list gets the message, also those who have it from campaign {name}.",
        "换一个名称会发给此名单中的所有人，包括已从任务 {name} 收到的人。",
    ),
    "in_form.record.another_campaign": (
        "If this is a different campaign, enter another name under “{name_field}”.",
        "如果这是另一个任务，请在“{name_field}”中另取名称。",
    ),
    "in_form.record.sender_here": ("this computer", "本机"),
    # Without the progress: forms show this text in a live region, and every change would be read out.
    "in_form.record.sender_progress": ("{who}", "{who}"),
    # In English, `who` has its verb: “2 people were”.
    "in_form.forecast.changed": (
        "In this campaign, {who} sent a different text. Choose what they get.",
        "此任务已给 {who}发送过不同的正文，请选择如何处理。",
    ),
    "in_form.forecast.changed_message": (
        "In this campaign, {who} sent with a different text. Choose what happens with the new one.",
        "此任务已发送的 {who}正文与此计划不同，请选择如何处理。",
    ),
    "in_form.forecast.changed_media": (
        "In this campaign, {who} sent something other than the {term} in this plan. Choose what they get.",
        "此任务已发给 {who}的内容与此计划中的{term}不同，请选择如何处理。",
    ),
    "in_form.forecast.changed_media_message": (
        (
            "In this campaign, {who} sent with something other than the {term} in this plan. Choose what happens with "
            "the new one."
        ),
        "此任务已发送的 {who}与此计划中的{term}不同，请选择如何处理。",
    ),
    "in_form.forecast.left_running": ("{head}: {parts}.", "{head}：{parts}。"),
    "in_form.record.running_todo": (
        (
            "If its text or its list is wrong, click “{stop}” in the campaign. Otherwise wait until it has finished, "
            "then send this plan. To send several lists under one name, merge them into one list."
        ),
        (
            "如果其内容或名单有误，请点任务中的“{stop}”。否则请等待其结束后再发送此计划。如需以同一名称发送多份名单，"
            "请先合并为一份名单。"
        ),
    ),
    "in_form.record.stopped_by_person": (
        "Campaign {name} was stopped manually on {day}; not settled yet: {people}.",
        "群发任务 {name} 已于 {day}手动停止；还有 {people}未处理完。",
    ),
    "in_form.record.paused_by_person": (
        "Campaign {name} was paused manually on {day}; not settled yet: {people}.",
        "群发任务 {name} 已于 {day}手动暂停；还有 {people}未处理完。",
    ),
    "in_form.record.stopped_todo": (
        (
            "Only “{resume}” in the campaign continues it. If its text or its list is wrong, do not resume it: click "
            "“{recall}” there, and send the right one under another name."
        ),
        (
            "只有任务中的“{resume}”能让它继续。如果内容或名单有误，请不要继续：点任务中的“{recall}”，然后换一个名称发送"
            "正确的内容。"
        ),
    ),
    "in_form.record.stopped_unsent_todo": (
        (
            "Only “{resume}” in the campaign continues it. If its text or its list is wrong, do not resume it: nobody "
            "has a message from it, so send the right one under another name."
        ),
        (
            "只有任务中的“{resume}”能让它继续。如果内容或名单有误，请不要继续："
            "没有人收到它的消息，换一个名称发送正确的内容即可。"
        ),
    ),
    "in_form.record.stopped_recalled_todo": (
        (
            "What it sent was recalled: to send the right text or list, enter another name under “{name_field}”. Only "
            "“{resume}” in this campaign continues it, with the text and the list that it has."
        ),
        (
            "已发出的消息均已撤回：要发送正确的内容或名单，请在“{name_field}”中另取名称。只有任务中的“{resume}”能让它"
            "继续，仍用其原来的内容和名单。"
        ),
    ),
    "in_form.record.stopped_cards_todo": (
        (
            "Only “{resume}” in the campaign continues it. If its cards or its list are wrong, do not resume it: click "
            "“{close}” there, and send the right ones under another name."
        ),
        (
            "只有任务中的“{resume}”能让它继续。如果卡片或名单有误，请不要继续：点任务中的“{close}”，然后换一个名称发送"
            "正确的卡片。"
        ),
    ),
    "in_form.record.stopped_no_recall_todo": (
        (
            "Only “{resume}” in the campaign continues it. If its cards or its list are wrong, do not resume it: send "
            "the right ones under another name. Cards cannot be recalled."
        ),
        "只有任务中的“{resume}”能让它继续。如果卡片或名单有误，请不要继续：换一个名称发送正确的卡片。卡片无法撤回。",
    ),
    "in_form.incomplete.paused": ("It was paused manually.", "已手动暂停。"),
    "in_form.incomplete.stopped": ("It was stopped manually.", "已手动停止。"),
    "in_form.incomplete.resume": (
        (
            "To continue, repeat the action, or click “{resume}” in the form of this campaign: what is settled is not "
            "sent again."
        ),
        "如需继续，请再次操作，或在此任务的表单中点“{resume}”：已处理的不会重复发送。",
    ),
    "in_form.incomplete.resume_by_person": (
        "Only “{resume}” in the form of this campaign continues it.",
        "只有在此任务的表单中点“{resume}”才能继续。",
    ),
    "in_form.incomplete.resolve": (
        "Your decision is needed: choose “{resolve}” in the results of this campaign.",
        "需要您确认：请在此任务的结果中选择“{resolve}”。",
    ),
    "in_form.incomplete.read": (
        "Click “{refresh}” in the form of this campaign to read them again.",
        "如需重新读取，请在此任务的表单中点“{refresh}”。",
    ),
    "in_form.campaign.by_person_todo": (
        "It was stopped or paused on purpose; only “{resume}” continues it.",
        "已手动停止或暂停，只有点“{resume}”才能继续。",
    ),
    "in_form.campaign.recalled_todo": (
        "{note} “{resume}” would still send to the rest.",
        "{note}点“{resume}”仍会发给其余尚未发送的人。",
    ),
    "in_form.recall.under_way_todo": (
        (
            "Wait until the recall has ended. Then send a corrected text; “{resume}” would send the text that is being "
            "recalled."
        ),
        "请等撤回结束，然后发送修改后的内容；点“{resume}”会发送正在撤回的内容。",
    ),
    "in_form.campaign.stopped_todo": (
        "“{resume}” continues it; what is settled is not sent again.",
        "点“{resume}”可继续：已处理的不会重复发送。",
    ),
    "in_form.campaign.interrupted_todo": (
        "Sending was interrupted. “{resume}” continues it; nothing is sent twice.",
        "发送中断。点“{resume}”可继续，不会重复发送。",
    ),
    "in_form.ledger.saved_todo": (
        (
            "1. In a terminal, run: {command}. 2. Connect again. 3. Open campaign {name!r} from the ledger and "
            "click “{resume}”. Do not send the plan from another folder or a new ledger: people who already have "
            "the message would get it twice."
        ),
        (
            "1. 在终端运行：{command}。2. 重新连接。3. 从账本打开任务 {name!r}，点“{resume}”。请勿从其他文件夹或"
            "用新账本发送此计划：已收到的人会重复收到。"
        ),
    ),
    "in_form.ledger.not_saved_todo": (
        (
            "If the file was only moved, put it back at {path}, connect again, open campaign {name!r} and click "
            "“{resume}”. If it is lost, do not send the plan again: there is no record of who already has the "
            "message. Exclude everyone who may have it (“{exclude_field}”)."
        ),
        (
            "如果文件只是被移动，请放回 {path}，重新连接，打开任务 {name!r}，点“{resume}”。如果已丢失，请勿再次发"
            "送此计划：本机已没有谁收到过消息的记录。请排除所有可能已收到的人（“{exclude_field}”）。"
        ),
    ),
    "in_form.ledger.back_todo": (
        "Connect again, open campaign {name!r} and click “{resume}”.",
        "请重新连接，打开任务 {name!r}，点“{resume}”。",
    ),
    "in_form.ledger.stopped_read_only_todo": (
        (
            "Restore write access to the file and its folder, then click “{resume}” in campaign {name!r}. Do not "
            "send the plan from another folder: people who already have the message would get it twice."
        ),
        (
            "请恢复该文件及其文件夹的写入权限，再在任务 {name!r} 中点“{resume}”。请勿从其他文件夹发送此计划：已收"
            "到的人会重复收到。"
        ),
    ),
    "in_form.ledger.stopped_full_todo": (
        (
            "Free up space on that disk, then click “{resume}” in campaign {name!r}. Do not send the plan from "
            "another folder: people who already have the message would get it twice."
        ),
        "请释放该磁盘的空间，再在任务 {name!r} 中点“{resume}”。请勿从其他文件夹发送此计划：已收到的人会重复收到。",
    ),
    "in_form.ledger.stopped_todo": (
        "{hint} Then click “{resume}” in campaign {name!r}.",
        "{hint}然后在任务 {name!r} 中点“{resume}”。",
    ),
    "in_form.ledger.in_use_todo": (
        "Wait until it has finished, or stop it, then try again.",
        "请等待其结束，或先停止它，再重试。",
    ),
    "in_form.plan.rejected": ("Not sent", "不发送（数据有误）"),
    "in_form.plan.rejected_or_excluded": ("Not sent", "不发送"),
    "in_form.plan.looked_up": (
        "{now} looked up now, {known} cached from {age}",
        "本次查询 {now} 个，{known} 个沿用缓存（{age}）",
    ),
    "in_form.plan.looked_up_before": (
        "{known} cached from {age}",
        "{known} 个沿用缓存（{age}）",
    ),
    "in_form.plan.names_differ": (
        (
            "The names in {rows} differ from those in the directory as it was read {age}. The wrong people may get "
            "the messages."
        ),
        "{rows}的姓名与通讯录（{age}读取）不一致，消息可能发给错误的人。",
    ),
    "in_form.plan.names_noted": (
        "The names in {rows} have a note that the person has left or should get no messages.",
        "{rows}的姓名旁注明此人已离职或不应接收消息。",
    ),
    "in_form.plan.not_in_directory": (
        (
            "Not in the directory as the app read it {age}: {people} in {rows} ({who}). Their userid may be wrong, "
            "or they have left, have joined since, or are not visible to the app; they will probably not get the "
            "message."
        ),
        (
            "{people}（{rows}）不在通讯录（{age}读取）中：{who}。可能是 userid 有误、已离职、读取后加入，"
            "或不在应用的可见范围内，很可能收不到消息。"
        ),
    ),
    "in_form.plan.inactive": (
        "Never activated DingTalk, so cannot read the message (directory read {age}): {n} of {people} ({who}).",
        "{people}中有 {n} 人从未激活钉钉，无法阅读消息（{age}读取的通讯录）：{who}。",
    ),
    "in_form.plan.not_logged_in": (
        "{n} of {people} did not log in to DingTalk on any weekday from {first} to {last}: {who}.",
        "{people}中有 {n} 人在 {first} 至 {last} 期间的周一至周五均未登录钉钉：{who}。",
    ),
    "in_form.row.not_matched_todo": (
        "Choose the person when you match the names, or correct the row.",
        "请在按姓名匹配时选定其人，或更正该行。",
    ),
    "in_form.row.other_owner_todo": (
        "Correct the number, or choose no column of phone numbers for the recipients.",
        "请更正号码，或不选手机号列。",
    ),
    "in_form.template.text_reckoned_todo": (
        (
            "Write | float after each of the numbers, such as {{{{ (… | float + … | float) | money }}}}. To compare "
            'codes, write them in quotes, such as == "0012"; to join texts, write ~ instead of +.'
        ),
        (
            "请在每个参与计算或比较的数后写 | float，例如 {{{{ (… | float + … | float) | money }}}}。"
            '如需比较编号，请用引号，例如 == "0012"；如需连接文字，请用 ~ 代替 +。'
        ),
    ),
    "in_form.template.text_ordered_todo": (
        "As texts, numbers would be in the wrong order: write {{{{ … | float }}}} for each of them.",
        "数字作为文本排序会出错：请对每个数写 {{{{ … | float }}}}。",
    ),
    "in_form.template.text_date_todo": (
        'Write the date as text, such as {{% if day | date == "2026-11-05" %}}.',
        '请把日期写成文本再比较，例如 {{% if day | date == "2026-11-05" %}}。',
    ),
    "in_form.template.not_date_todo": (
        "Write the dates in the list as 2026-11-30 or 2026/11/30, or remove the filter.",
        "请把名单中的日期写成 2026-11-30 或 2026/11/30，或去掉过滤器。",
    ),
    "in_form.template.rounded_todo": (
        "Enter the number again, in a cell formatted as text.",
        "请把单元格设为文本格式后重新录入。",
    ),
    "in_form.frame.rejected_at": (
        "The row at position {position} won't be sent: {reason}",
        "位置 {position} 的行不会发送：{reason}",
    ),
    "in_form.profile.no_keyring": (
        "This computer has no usable keyring, so apps cannot be saved.",
        "本机没有可用的系统钥匙串，无法保存应用。",
    ),
    "in_form.profile.no_keyring_todo": ("Enter the credentials each time.", "请在每次使用时填写。"),
    "in_form.profile.unknown_todo": ("Choose one of these, or enter an app.", "请选择其中之一，或填写应用。"),
    "in_form.profile.none_saved_todo": ("Enter the app here.", "请在此填写应用。"),
    "in_form.profile.unreadable_todo": ("Delete it here and enter the app again.", "请在此删除后重新填写。"),
    "in_form.origin.shadowed_todo": ("Click “{another}” to change it.", "可点“{another}”更换。"),
    "in_form.app.missing_todo": ("Enter the app here, or try the sandbox.", "请在此填写应用，或使用沙箱试用。"),
    "in_form.app.no_agent_id_todo": (
        "Connect the app again and fill in “{agent_id_field}”.",
        "请重新连接应用，并填写“{agent_id_field}”。",
    ),
    "in_form.file.no_address": (
        "No column is named userid, mobile or similar: choose the recipient column below, or find people by name.",
        "没有名为 userid、手机号或类似名称的列：请在下方选择收件人对应的列，或按姓名查找收件人。",
    ),
    "in_form.file.hidden_todo": (
        "Choose “{skip_hidden}” or “{keep_hidden}”.",
        "请选择“{skip_hidden}”或“{keep_hidden}”。",
    ),
    "in_form.file.no_sheet_todo": ("Choose another sheet.", "请选择其他工作表。"),
    "in_form.file.hidden_sheets_todo": (
        "Unhide the sheet in Excel or WPS, save the file and choose it again ({sheets}).",
        "请在 Excel 或 WPS 中取消隐藏工作表并保存，再重新选择文件（{sheets}）。",
    ),
    "in_form.file.chosen": (
        "Several columns could be {kind}: using {column!r}, not {others}; you can choose another one below.",
        "有多列都可能是 {kind}：使用 {column!r}，未使用 {others}；可在下方改选。",
    ),
    "in_form.file.foreign": (
        "The text looks garbled ({sample!r}): choose another encoding under “{encoding_field}”.",
        "文字像是乱码（{sample!r}）：请在“{encoding_field}”中另选一种。",
    ),
    "in_form.file.undecodable_todo": (
        "Choose another encoding under “{encoding_field}”, or save the file as .xlsx and choose that.",
        "请在“{encoding_field}”中另选一种，或把文件另存为 .xlsx 后重新选择。",
    ),
    "in_form.file.other_todo": (
        "Choose the file with the list: an Excel workbook (.xlsx) or a CSV file.",
        "请选择包含名单的文件：Excel 工作簿（.xlsx）或 CSV 文件。",
    ),
    "in_form.file.save_again_todo": (
        "Open it in Excel or WPS, save it as .xlsx or CSV UTF-8, and choose that file.",
        "请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV UTF-8 后重新选择。",
    ),
    "in_form.file.password_todo": (
        "Open it in Excel or WPS, remove the password, save it and choose it again; passwords are not supported here.",
        "请用 Excel 或 WPS 打开，取消密码并保存后重新选择；此处不支持输入密码。",
    ),
    "in_form.file.unpack_todo": ("Unpack it and choose the file inside.", "请先解压，再选择其中的文件。"),
    "in_form.file.left_out_more": ("and {n:,} more", "另有 {n:,} 行"),
    "in_form.file.no_header_todo": ("Add a header row and choose the file again.", "请添加表头，再重新选择文件。"),
    "in_form.campaign.kept_text": (
        "People whose text has changed keep the version they were sent: {people}.",
        "内容已变更的人保留已发送的版本：{people}。",
    ),
    "in_form.campaign.kept_media": (
        "People for whom the {term} has changed keep what they were sent: {people}.",
        "{term}已变更的人保留已发送的内容：{people}。",
    ),
    "in_form.campaign.paused_after_todo": ("Fix the cause, then click “{resume}”.", "请排除原因，再点“{resume}”。"),
    "in_form.campaign.more_reasons": ("{n:,} more reasons.", "另有 {n:,} 种。"),
    "in_form.quota.used_up_todo": (
        (
            "Click “{resume}” next month to continue. If your edition allows more calls, set that in the app's "
            "settings or where you connect."
        ),
        "下月可点“{resume}”接着发送。若您的版本额度更高，请在应用的“设置”中或连接时填写。",
    ),
    "in_form.quota.left_again_todo": ("Click “{resume}” to send to the rest.", "点“{resume}”可发送给剩余的人。"),
    "in_form.quota.used_up_refresh_todo": (
        (
            "DingTalk reports results within 24 hours of sending only. An administrator can buy more calls. If your "
            "edition allows more, set that in the app's settings or where you connect. Then refresh again."
        ),
        (
            "钉钉只在发送后 24 小时内提供送达结果。可由管理员购买调用量；若您的版本额度更高，请在应用的“设置”中或连接时"
            "填写。然后再次刷新。"
        ),
    ),
    "in_form.quota.used_up_recall_todo": (
        (
            "DingTalk recalls messages within 24 hours of sending only. An administrator can buy more calls. If your "
            "edition allows more, set that in the app's settings or where you connect. Then recall again."
        ),
        (
            "钉钉只能在发送后 24 小时内撤回。可由管理员购买调用量；若您的版本额度更高，请在应用的“设置”中或连接时填写。"
            "然后再次撤回。"
        ),
    ),
    "in_form.quota.short_todo": (
        (
            "If your edition allows more calls, set that in the app's settings or where you connect. Or "
            "tick “{beyond}” and let DingTalk decide: calls it refuses stay queued, and “{resume}” sends them "
            "next month."
        ),
        (
            "若您的版本额度更高，请在应用的“设置”中或连接时填写。也可勾选“{beyond}”，由钉钉决定："
            "被拒绝的部分保持待发送，下月点“{resume}”即可发送。"
        ),
    ),
    "in_form.plan.month_short_live": (
        "A live send that needs more calls than are left is refused, unless “{beyond}” is ticked.",
        "真实发送所需次数超过剩余次数时会被拒绝，除非勾选“{beyond}”。",
    ),
    "in_form.event.bad_time_todo": ("Enter a time such as 2026-11-25 09:00.", "请输入 2026-11-25 09:00 这样的时间。"),
    "in_form.event.bad_time": ("{value!r} is not a valid time.", "{value!r} 不是有效的时间。"),
    "in_form.event.session_over_todo": (
        "Send the person a message instead, for example with a campaign for that one person.",
        "请改为向发送者发送消息，例如为此人单独建一个群发任务。",
    ),
    "in_form.refresh.unrequested": (
        (
            "It knows none of the sends that were checked, so another {batches} were not checked: “{refresh}” "
            "continues with them."
        ),
        "所查的发送均无记录，因此另有 {batches}未查询：再点“{refresh}”会接着查询。",
    ),
    "in_form.refresh.again_todo": (
        "Nothing has changed: click “{refresh}” again in a while.",
        "没有任何变化：请稍后再点“{refresh}”。",
    ),
    "in_form.refresh.unexpected_people_todo": (
        (
            "It is the result of another send. Click “{refresh}” again; if this persists, check whether "
            "something answers in place of DingTalk, such as a proxy, and whether the campaign was sent with "
            "this app."
        ),
        (
            "这是另一次发送的结果。请再点“{refresh}”；若仍如此，请检查是否有代理等代替钉钉答复，以及此任务是否由"
            "此应用发送。"
        ),
    ),
    "in_form.result.failed_todo": (
        "“{retry}” sends it once more.",
        "可点“{retry}”重新发送。",
    ),
    "in_form.result.recalled_retry_todo": (
        "{note} “{retry}” would still send to this person.",
        "{note}点“{retry}”仍会向此人补发。",
    ),
    "in_form.result.textless_todo": (
        "The text is not kept, so it cannot be sent again: send a new message only to people with this note.",
        "正文未保留，无法补发：请另建任务，只发给有此提示的人。",
    ),
    "in_form.result.unknown_todo": (
        (
            "It is repeated automatically if nobody can get the message twice. After that you decide: choose "
            "“{resolve}” in the results."
        ),
        "在确保不重复送达的前提下会自动重发。之后由您决定：请在结果中选择“{resolve}”。",
    ),
    "in_form.result.media_gone_todo": (
        "Ask the person whether it arrived, then choose “{resolve}” in the results.",
        "请向本人核实，然后在结果中选择“{resolve}”。",
    ),
    "in_form.result.repeat_failed_todo": (
        "Ask the person whether it arrived, then choose “{resolve}” in the results.",
        "请向本人核实，然后在结果中选择“{resolve}”。",
    ),
    "in_form.result.left_out_todo": (
        "Ask the person whether it arrived, then choose “{resolve}” in the results.",
        "请向本人核实，然后在结果中选择“{resolve}”。",
    ),
    "in_form.result.queued_again_todo": (
        "“{resume}” sends it again; “{resolve}” in the results records that it is not sent.",
        "点“{resume}”会重发；如不重发，请在结果中选择“{resolve}”。",
    ),
    "in_form.result.card_exists_todo": (
        "An answer shows that it was delivered. “{resolve}” in the results can send another card.",
        "如有回答，则说明已送达。在结果中选择“{resolve}”可另发一张卡片。",
    ),
    "in_form.unread.had_before": (
        (
            "Not among the unread: {people} who had this text before; the details of each person name the campaign or "
            "test. Whether they have read it is not known here."
        ),
        "未读人员不含此前已收到相同内容的 {people}（来源见各人的详情）：此处无法得知他们是否已读。",
    ),
    "in_form.result.cut_again_todo": (
        "The later send under this name shows their outcome.",
        "之后以同一名称发送的计划会显示其结果。",
    ),
    "in_form.forecast.failed": (
        "{people} did not get it; the results show why, and who “{retry}” can send to.",
        "{people}未收到；结果中说明原因，以及“{retry}”可发给谁。",
    ),
    "in_form.forecast.failed_message": (
        "{people} did not arrive; the results show why, and which of them “{retry}” can send.",
        "{people}未送达；结果中说明原因，以及“{retry}”可补发哪些。",
    ),
    "in_form.forecast.failed_recalled": (
        (
            "{people} did not get it; the results show why. {note} “{retry}” would still send to those who can receive "
            "it."
        ),
        "{people}未收到；原因见结果。{note}点“{retry}”仍会补发给可接收的人。",
    ),
    "in_form.forecast.failed_recalled_message": (
        "{people} did not arrive; the results show why. {note} “{retry}” would still send those that can arrive.",
        "{people}未送达；原因见结果。{note}点“{retry}”仍会补发可送达的消息。",
    ),
    "in_form.forecast.failed_textless": (
        (
            "{people} did not get it; the results show why. The texts are not kept, so it cannot be sent again: send "
            "a new message to them only."
        ),
        "{people}未收到；原因见结果。正文未保留，无法补发：请另建任务，只发给这些人。",
    ),
    "in_form.forecast.failed_textless_message": (
        (
            "{people} did not arrive; the results show why. The texts are not kept, so they cannot be sent again: send "
            "new ones to these people only."
        ),
        "{people}未送达；原因见结果。正文未保留，无法补发：请另建任务，只发给这些人。",
    ),
    "in_form.retry.same_text": (
        "{rows} received the same text on the day of sending, or may have, and won't be sent again.",
        "{rows}在发送当天已收到或可能已收到相同内容，不会再次发送。",
    ),
    "in_form.retry.not_finished_todo": (
        "Click “{resume}” first to send the rest. Then choose “{retry}” in the results.",
        "请先点“{resume}”发送剩余部分，再在结果中选择“{retry}”。",
    ),
    "in_form.retry.expect": (
        "You entered {expect}, but this sends again to {people}. Nothing was sent again.",
        "输入的是 {expect}，而目前可补发：{people}。没有补发。",
    ),
    "in_form.retry.never": ("Not sent: {rows}; see their details.", "{rows}不补发：原因见各自的详情。"),
    "in_form.retry.unknown": (
        "{rows} may have received it: choose “{resolve}” in the results.",
        "{rows}可能已收到：请在结果中选择“{resolve}”。",
    ),
    "in_form.retry.no_results": (
        "No delivery results for {people} yet: click “{refresh}”, then choose “{retry}”.",
        "{people}的送达结果尚未返回：请先点“{refresh}”，再选择“{retry}”。",
    ),
    "in_form.recall.other_expect": (
        "You entered {expect}, but this recalls the message from {people}",
        "输入的是 {expect}，而此操作将撤回：{people}",
    ),
    "in_form.recall.other_expect_message": (
        "You entered {expect}, but this recalls {people}",
        "输入的是 {expect}，而此操作将撤回：{people}",
    ),
    "in_form.recall.interrupted_todo": (
        "To recall the rest, choose “{recall}”. What was recalled is not recalled again.",
        "如需撤回其余部分，请选择“{recall}”：已撤回的不会重复撤回。",
    ),
    "in_form.recall.interrupted_since": (
        "This also recalls from {people} to whom it was sent since; to leave them out, choose the others below.",
        "这也会撤回此后发给 {people}的消息；如需保留，请在下方只选定其余人员。",
    ),
    "in_form.recall.interrupted_some_todo": (
        "To recall from the rest of these people, choose “{recall_rest}”. What was recalled is not recalled again.",
        "如需继续撤回这些人的消息，请选择“{recall_rest}”：已撤回的不会重复撤回。",
    ),
    "in_form.recall.again_todo": (
        "Do it again in a while: it continues with the rest, and nothing is recalled twice.",
        "请稍后再次操作：会继续处理剩余部分，不会重复撤回。",
    ),
    "in_form.remind.nobody_todo": (
        "The filter shows the number of people per status; “{refresh}” fetches results that are still missing.",
        "筛选处显示各状态人数；点“{refresh}”可查询尚未返回的结果。",
    ),
    "in_form.send.expect": (
        "You entered {expect}, but this affects {people}. No call was made.",
        "输入的是 {expect}，而实际涉及 {people}。未发起任何调用。",
    ),
    "in_form.send.expect_todo": ("If that is right, enter {n}.", "如确认无误，请输入 {n}。"),
    "in_form.plan.corrected": ("{cells} corrected, such as: {example}.", "已修正 {cells}，例如：{example}。"),
    "in_form.row.digits_lost_todo": (
        (
            "Export this column as text (in Excel, format the cells as text before entering values), then read "
            "the file again."
        ),
        "请将该列以文本导出（在 Excel 中先把单元格设为文本格式再录入），然后重新读取文件。",
    ),
    # Without the userid: the form shows this next to the row, which names the person as the list does.
    "in_form.row.two_bodies": (
        "This person appears in {n} rows ({rows}) with different messages.",
        "此人出现在 {n} 行中（{rows}），且消息内容不同。",
    ),
    "in_form.row.two_bodies_todo": (
        (
            "Keep one row. Or, to send this person a message for each of them, choose the column that distinguishes "
            "them (“{key_field}”). Then check again. If the campaign has been sent already, send a list of these rows "
            "alone, under another name."
        ),
        (
            "请只保留一行；如果每行都要发给此人，请在“{key_field}”中选择区分这些行的列。然后重新检查。如果任务已经发送，"
            "请将这些行单独做成名单，换一个名称发送。"
        ),
    ),
    "in_form.row.excluded_todo": (
        "To include this person, change the exclusion (“{exclude_field}”), then check again.",
        "如仍要发送给此人，请修改排除设置（“{exclude_field}”），再重新检查。",
    ),
    "in_form.exclude.unmatched_numbers": (
        "Apparently phone numbers: {entries}. They are only recognised when people are addressed by phone.",
        "其中 {entries}像是手机号：只有按手机号发送时才会识别。",
    ),
    "in_form.exclude.list_has_numbers": (
        (
            "Exclusion list {name!r} has {entries} like phone numbers, which exclude nobody here: they are only "
            "recognised when people are addressed by phone."
        ),
        "排除名单 {name!r} 中有 {entries}像是手机号，在此不起排除作用：只有按手机号发送时才会识别。",
    ),
    "in_form.frame.userids_like_numbers": (
        (
            "Most userids in column {column!r} look like phone numbers ({n} of {all}). Unless they really are "
            "userids, nobody gets the message: choose this column as phone numbers instead."
        ),
        (
            "列 {column!r} 中的 userid 大多像手机号（{all} 个中有 {n} 个）。除非它们同时也是 userid，否则无人能收"
            "到：请改选此列为手机号。"
        ),
    ),
    "in_form.remind.own_unanswered": (
        "Without the column, the reminder works, and its answers count here.",
        "不使用该列即可提醒，回答计入此任务。",
    ),
    "in_form.remind.own_rows": (
        "You can also send it as a message of its own, to a list that has the column.",
        "也可对含有该列的名单单独发送此消息。",
    ),
    "in_form.exclude.mobiles_on_list_todo": (
        "Choose the column of phone numbers for addresses as well, or add the userids of these people to the list.",
        "请同时选择手机号列，或将这些人的 userid 加入名单。",
    ),
    "in_form.exclude.zeros_on_list_todo": (
        "Add the userids with their zeros to the list, and remove the numbers.",
        "请将带 0 的 userid 加入名单，并移除这些数字。",
    ),
    "in_form.exclude.no_list_todo": (
        "Lists: {names}. Choose one of them under “{exclude_field}”.",
        "现有：{names}。请在“{exclude_field}”中选择。",
    ),
    "in_form.exclude.no_lists_todo": (
        (
            "There are no lists yet. Choose another option under “{exclude_field}”, or create a list: in the app "
            'under “{settings_button}”, in a cell with ding.exclusions.add("name", ids).'
        ),
        (
            "尚无名单。请在“{exclude_field}”中另行选择，或建立名单：在应用的“{settings_button}”中，或在单元格中"
            '运行 ding.exclusions.add("名称", ids)。'
        ),
    ),
    "in_form.attachments.shared": (
        (
            "{people} get the same content as somebody else ({files}), such as {rows}: {file}. "
            "Check whether this is intended."
        ),
        "{people}的文件内容与他人相同（{files}），例如{rows}：{file}。请确认是否有意如此。",
    ),
    "in_form.attachments.other_name": (
        (
            "In {rows}, the file name contains another person's name or ID: {row} ({name}) gets {file}, which "
            "contains “{other}”. Check which file belongs to whom."
        ),
        (
            "{rows}的文件名中含有他人的姓名或编号：{row}（{name}）将收到 {file}，其中含有“{other}”。"
            "请检查文件与收件人是否对应。"
        ),
    ),
    "in_form.media.missing_here": ("There is no file {path!r} to send.", "没有可发送的文件 {path!r}。"),
    "in_form.media.missing_here_todo": (
        (
            "Add it to the files, and upload them again if they were uploaded (a file that matches several people is "
            "not used); or correct the row."
        ),
        "请补上该文件（如果文件是上传的，请重新上传；与多人匹配的文件不会使用），或修改该行。",
    ),
    "in_form.media.not_kept_todo": (
        "Choose the file again, check, then send under the same name.",
        "请重新选择文件并检查，然后以相同名称发送。",
    ),
    "in_form.media.changed_todo": (
        "Check again to send the new file, or restore the old one.",
        "如需发送新文件，请重新检查；否则请恢复原文件。",
    ),
    "in_form.media.no_chrome_todo": (
        "Install Chrome on this computer, or use a figure made with matplotlib.",
        "请在本机安装 Chrome，或改用 matplotlib 绘制的图表。",
    ),
    "in_form.campaign.media_missing_todo": (
        "Then send again, or click “{resume}”: it is sent only to the remaining people.",
        "然后重新发送，或点“{resume}”：只发送给剩余的人。",
    ),
    "in_form.campaign.media_not_kept_todo": (
        "With the same list, it is then sent only to the remaining people; “{resume}” would fail again.",
        "名单不变时，只发送给剩余的人；点“{resume}”仍会失败。",
    ),
    "in_form.campaign.upload_todo": (
        (
            "An upload reaches nobody and may be repeated. Check the connection, then send again, or click "
            "“{resume}”: it is sent only to the remaining people."
        ),
        "上传不会发送给任何人，可以重复。请检查网络，然后重新发送，或点“{resume}”：只发送给剩余的人。",
    ),
    "in_form.incomplete.media": (
        "The results of this campaign show who is still queued.",
        "此任务的结果中列出了仍待发送的人。",
    ),
    "in_form.record.absent_files_todo": (
        "Put the missing files back and check again.",
        "请放回缺失的文件，并重新检查。",
    ),
    "in_form.send.no_tester_todo": (
        "Choose a person in the list, or enter the userid of one. No test was sent.",
        "请在列表中选择一人，或填写其 userid。没有发送测试。",
    ),
    "in_form.test.several_people_todo": (
        "Choose one of them in the list, or enter the userid. No test was sent.",
        "请在列表中选择其中一位，或填写 userid。没有发送测试。",
    ),
    "in_form.test.name_or_userid_todo": (
        "Choose the person in the list, or enter the userid. No test was sent.",
        "请在列表中选择此人，或填写其 userid。没有发送测试。",
    ),
    "in_form.test.misnamed_todo": (
        "If you mean this person, enter the directory's name or the userid, and correct the list. No test was sent.",
        "若要发给此人，请填写其通讯录姓名或 userid，并更正名单。没有发送测试。",
    ),
    "in_form.test.nobody_todo": (
        "Choose a person in the list, or enter the userid. No test was sent.",
        "请在列表中选择，或填写 userid。没有发送测试。",
    ),
    "in_form.test.same_text": (
        "{userid} is in the list and gets exactly this message: if both are sent today, DingTalk delivers only one.",
        "{userid} 在名单中，且消息内容与此相同：若当天发送，钉钉只会送达其中一条。",
    ),
    "in_form.media.not_media_todo": (
        "Choose a file, or take a figure, an image or a table from the notebook.",
        "请选择文件，或从 notebook 中选取图表、图片或表格。",
    ),
    "in_form.media.figure_as_file_todo": (
        "Choose the message type “{picture}”.",
        "请选择消息类型“{picture}”。",
    ),
    "in_form.media.large_table_todo": (
        "Take a table with fewer rows, or send it as a workbook with the message type “{file_type}”.",
        "请选取行数较少的表格，或以消息类型“{file_type}”作为工作簿发送。",
    ),
    "in_form.frame.nobody_todo": ("The table shows the reason for each row.", "表格逐行说明原因。"),
    "in_form.error.api": ("DingTalk answered with code {code}: {meaning}", "钉钉返回错误码 {code}：{meaning}"),
    "in_form.answer.not_json": _UNREADABLE_ANSWER,
    "in_form.answer.no_errcode": _UNREADABLE_ANSWER,
    "in_form.answer.no_code": _UNREADABLE_ANSWER,
    "in_form.answer.banned": (
        "The answer was a web page (HTTP {status}).",
        "返回的是一个网页（HTTP {status}）。",
    ),
    "in_form.answer.redirect": _UNREADABLE_ANSWER,
    "in_form.answer.gateway": (
        "DingTalk's gateway reported a failure (HTTP {status}).",
        "钉钉网关报告失败（HTTP {status}）。",
    ),
    "in_form.transport.timed_out": ("DingTalk did not answer in time.", "钉钉未在规定时间内答复。"),
    "in_form.transport.broken": ("The connection broke before DingTalk answered.", "钉钉答复之前连接中断。"),
    "in_form.transport.unreachable": (
        "{host} cannot be reached; this request was not sent.",
        "无法连接 {host}；此次请求没有发出。",
    ),
    "in_form.transport.unreachable_todo": (
        "Check the network and the proxy, then try again.",
        "请检查网络和代理，然后重试。",
    ),
}
