"""Texts for campaigns: recording, sending, forecasts and drafts."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "send.live_name": (
        "A live send needs a name, and none was given; nothing was sent.",
        "真实发送必须指定任务名称；没有发送任何消息。",
    ),
    "send.live_name_todo": (
        'Name it, such as send("payslip-2026-11"): under one name, nobody gets the same campaign twice.',
        '请命名，例如 send("payslip-2026-11")：同一名称下不会重复发送给任何人。',
    ),
    "send.live_expect": (
        "This is LIVE, and expect= is missing; this concerns {people}. No call was made.",
        "当前为真实环境（LIVE），缺少 expect=；涉及 {people}。未发起任何调用。",
    ),
    "send.expect": (
        "expect={expect} was given, but this concerns {people}. No call was made.",
        "传入的是 expect={expect}，实际涉及 {people}。未发起任何调用。",
    ),
    "send.expect_added": ("{people} in this plan and {added} not in it", "此计划的 {people}，以及不在计划中的 {added}"),
    "send.expect_parts": ("{people}, {sent} already sent, {new} new", "{people}，其中已发送 {sent}，新增 {new}"),
    "send.expect_todo": ("If that is right, pass expect={n}.", "如果无误，请传入 expect={n}。"),
    "send.bad_expect": ("expect={expect} is not a number of people.", "expect={expect} 不是人数。"),
    "send.bad_expect_todo": (
        "Pass a whole number, or a range: expect=range(1200, 1210).",
        "请传入整数或范围：expect=range(1200, 1210)。",
    ),
    "send.bad_name": ("{name} is not a valid campaign name.", "{name} 不能作为群发任务的名称。"),
    "send.bad_name_todo": (
        "Use one line of text without invisible characters, such as payslip-2026-11.",
        "请使用一行文本，不含不可见字符，例如 payslip-2026-11。",
    ),
    "send.name_of_test": (
        "{name} is a name for tests: test-, and ten digits or letters from a to f.",
        "{name} 是测试专用的名称格式：test- 加十位数字或字母 a–f。",
    ),
    "send.name_of_test_todo": ("Use another name, such as payslip-2026-11.", "请换一个名称，例如 payslip-2026-11。"),
    "send.long_name": (
        "The campaign name has {n}; at most {most} are allowed.",
        "任务名称有 {n}，最多 {most} 个。",
    ),
    "send.long_name_todo": ("Use a short name, such as payslip-2026-11.", "请使用较短的名称，例如 payslip-2026-11。"),
    "send.bad_absent": ("absent={absent} is not one of the choices.", "absent={absent} 不是可选值。"),
    "send.bad_absent_todo": ('Pass "error", "send" or "drop".', '请传入 "error"、"send" 或 "drop"。'),
    "send.bad_changed": ("changed={changed} is not one of the choices.", "changed={changed} 不是可选值。"),
    "send.bad_changed_todo": ('Pass "error", "skip" or "resend".', '请传入 "error"、"skip" 或 "resend"。'),
    "send.bad_pause": (
        "pause_after={value} is not a valid number of failures.",
        "pause_after={value} 不是有效的失败次数。",
    ),
    "send.bad_pause_todo": ("Pass a whole number of 1 or more, or None.", "请传入不小于 1 的整数，或 None。"),
    "send.no_tester": ("test() needs a userid or a name, and none was given.", "test() 缺少 userid 或姓名。"),
    "send.no_tester_todo": (
        'Pass the userid or the name of one person, such as plan.test("manager01"). No test was sent.',
        '请传入一个人的 userid 或姓名，例如 plan.test("manager01")。没有发送测试。',
    ),
    "record.changed": (
        "In campaign {name}, a different text from the one in this plan was sent to {people}: {who}.",
        "在群发任务 {name} 中，{people}现在的正文与已发送的不同：{who}。",
    ),
    "record.changed_todo": (
        (
            'Pass changed="resend" to send the new text to {people} as well, or changed="skip" to leave them with what '
            "they have. Either way, nobody else gets the message again."
        ),
        'changed="resend" 会向 {people}另发新正文；changed="skip" 则不再发给他们。两种方式都不会向其他人重复发送。',
    ),
    "record.changed_card": (
        (
            "Answers to the cards that they already have count as answers to the new question as well: to ask "
            "something else, give this campaign another name."
        ),
        "对原卡片的回答仍会计入，且视为对新问题的回答；如要询问别的事，请为此任务另取名称。",
    ),
    "record.recall_all_first": (
        (
            "Or recall the earlier message first, so that they have only the new one: run = ding.campaign({name}), "
            "then run.recall(), and send this plan again."
        ),
        (
            "也可以先撤回已发送的消息，让他们只收到新的：先 run = ding.campaign({name})，再 run.recall()，"
            "然后重新发送此计划。"
        ),
    ),
    "record.recall_some_first": (
        (
            "Or recall the earlier message from them first, so that they have only the new one: "
            "run = ding.campaign({name}), then run.recall([...]) with their userids, and send this plan again."
        ),
        (
            "也可以先撤回已发给他们的消息，让他们只收到新的：先 run = ding.campaign({name})，再用他们的 userid "
            "运行 run.recall([...])，然后重新发送此计划。"
        ),
    ),
    "record.recall_rest": (
        (
            "From {people}, it may not be recallable: what was sent more than 24 hours ago, or by a call without an "
            "answer, cannot be recalled."
        ),
        "但其中 {people}的可能无法撤回：发送已超过 24 小时，或调用未收到应答。",
    ),
    # In English, `people` has its verb: “2 people were”.
    "record.taken_back": (
        "Before the different text, {people} sent the text of this plan.",
        "在发送那份不同的正文之前，已向其中 {people}发送过此计划的内容。",
    ),
    "record.taken_back_same_day": (
        (
            "Before the different text, {people} sent the text of this plan: on the same day, DingTalk drops it as a "
            "duplicate (143106) for those who have it, so resend it on another day."
        ),
        (
            "在发送那份不同的正文之前，已向其中 {people}发送过此计划的内容：当天再发时，钉钉不会向已收到的人重复送达"
            "（143106），请改日再发。"
        ),
    ),
    "record.changed_media": (
        "In campaign {name}, something other than the {term} in this plan was sent to {people}: {who}.",
        "在群发任务 {name} 中，已发送给 {people}的与此计划中的{term}不同：{who}。",
    ),
    "record.changed_filtered": (
        "Of these, DingTalk dropped the message to {people} as a duplicate: they may have had it before.",
        "其中 {people}的消息被钉钉作为重复内容过滤：此前可能已收到。",
    ),
    "record.changed_unknown": (
        "Of these, it is unknown whether {people} got it.",
        "其中 {people}是否收到尚不确定。",
    ),
    "record.changed_media_todo": (
        (
            'Pass changed="resend" to send the new one to {people} as well, or changed="skip" to leave them with what '
            "they have. Either way, nobody else gets the message again."
        ),
        'changed="resend" 会向 {people}另发新内容；changed="skip" 则不再发给他们。两种方式都不会向其他人重复发送。',
    ),
    "record.term_image": ("picture", "图片"),
    "record.term_file": ("file", "文件"),
    "record.term_voice": ("voice message", "语音"),
    "record.term_message": ("message", "消息"),
    "record.other_plan": (
        "The name {name} was already used for a different message to {people}; none of them is in this plan.",
        "任务名称 {name} 已用于另一条消息（{people}），其中无人在此计划中。",
    ),
    "record.other_channel": (
        "Campaign {name} was sent through another channel: a card is not a work notification.",
        "群发任务 {name} 使用的是另一种渠道：卡片与工作通知不能混用。",
    ),
    "record.own_reminder": (
        "This plan is a reminder of campaign {name}, and is a campaign of its own.",
        "此计划是群发任务 {name} 的提醒，须作为另一个任务发送。",
    ),
    "record.own_reminder_todo": (
        "Give the reminder its own name, such as {other}.",
        "请为提醒另取名称，例如 {other}。",
    ),
    "record.other_key": (
        "Campaign {name} was sent with {before}, but this plan has {now}.",
        "群发任务 {name} 的 key 与此计划不同（原：{before}；现：{now}）。",
    ),
    "campaign.n_people": ("{n:,}", "{n:,} 人"),
    "campaign.n_messages": ("{n:,}", "{n:,} 条"),
    "test.several_people": (
        "Several people are called “{name}”: {people}.",
        "有多人名为“{name}”：{people}。",
    ),
    "test.several_people_todo": (
        'Pass the userid of one of them, such as plan.test("manager01"). No test was sent.',
        '请传入其中一位的 userid，例如 plan.test("manager01")。没有发送测试。',
    ),
    "test.name_or_userid": (
        "“{name}” is the name of {people}, and could also be somebody else's userid.",
        "“{name}”是 {people} 的姓名，也可能是其他人的 userid。",
    ),
    "test.name_or_userid_todo": (
        (
            "Pass the userid of the person; or read the directory first, which tells names and userids apart: "
            "ding.people(everybody=True). No test was sent."
        ),
        "请传入此人的 userid；也可先读取通讯录，以区分姓名和 userid：ding.people(everybody=True)。没有发送测试。",
    ),
    "test.misnamed": (
        "According to the directory, the “{name}” in the list is someone else: {people}.",
        "按通讯录，名单中的“{name}”是另一个人：{people}。",
    ),
    "test.misnamed_todo": (
        "If you mean this person, pass the directory's name or the userid, and correct the list. No test was sent.",
        "若要发给此人，请传入其通讯录姓名或 userid，并更正名单。没有发送测试。",
    ),
    "test.nobody": (
        "“{name}” is not the name of anyone in this plan or in the directory as read so far, and cannot be a userid.",
        "“{name}”不是此计划或已读取的通讯录中任何人的姓名，也不是有效的 userid。",
    ),
    "test.mobile": (
        "{number} is a phone number, and not the userid of anyone in this plan or in the directory as read so far.",
        "{number} 是手机号，不是此计划或已读取的通讯录中任何人的 userid。",
    ),
    "test.similar_names": ("Similar names: {people}.", "相近的姓名：{people}。"),
    "test.nobody_todo": (
        "Pass a userid, or read the directory first: ding.people(everybody=True). No test was sent.",
        "请传入 userid，或先读取通讯录：ding.people(everybody=True)。没有发送测试。",
    ),
    "test.is_run": (
        "Below, run is this test: run = ding.campaign({name}).",
        "下文中的 run 指此测试：run = ding.campaign({name})。",
    ),
    "test.same_text": (
        (
            "{userid} is in the plan and gets exactly this message: if it is sent on the same day, DingTalk drops it "
            "for {userid} as a duplicate (143106)."
        ),
        "{userid} 也在此计划中，且内容与此相同：若当天发送，钉钉会将其视为重复内容，对 {userid} 过滤（143106）。",
    ),
    "test.had_text": (
        "{userid} was sent exactly this message today ({campaigns}). DingTalk delivers only the first of the two.",
        "今天已向 {userid} 发送过完全相同的内容（{campaigns}），钉钉只会送达其中先发的一条。",
    ),
    "test.recalled": (
        (
            "Exactly this message was recalled today from {userid} ({campaigns}). DingTalk does not deliver the same "
            "text to a person again on that day, so this test does not arrive: change the text to test it."
        ),
        (
            "今天发给 {userid} 的完全相同的内容已撤回（{campaigns}）。钉钉当天不会再次送达相同内容，此测试不会送达；"
            "请修改内容后再测试。"
        ),
    ),
    "send.nothing_sent": ("Nothing was sent.", "没有发送任何消息。"),
    "send.no_further_call": (
        "No further call was made; {calls} of this campaign had been made before.",
        "未再发出调用；此任务此前已发出 {calls}。",
    ),
    "send.no_further_call_yet": (
        "No further call was made; {calls} of this campaign had been made before, and {under_way} may have been.",
        "未再发出调用；此任务此前已发出 {calls}，另有 {under_way} 可能已发出。",
    ),
    "send.no_further_call_maybe": (
        "No further call was made; {under_way} of this campaign may have been made before.",
        "未再发出调用；此任务此前有 {under_way} 可能已发出。",
    ),
    "record.absent": (
        "Campaign {name} still has to send to {people} missing from this plan: {who}.",
        "群发任务 {name} 中还有 {people}待发送，但不在此计划中：{who}。",
    ),
    "record.absent_rejected": (
        "Among them: {people} with rejected rows in the input; plan.problems() says why.",
        "其中 {people}在数据中，但所在行有误、不发送；原因见 plan.problems()。",
    ),
    "record.absent_files_todo": (
        "Put the missing files back and make the plan again.",
        "请放回缺失的文件，并重新生成计划。",
    ),
    "record.absent_todo": (
        (
            'Pass absent="send" to send to them as well, with the text planned for them, or absent="drop" to take '
            "them out of the campaign."
        ),
        'absent="send" 会按原定内容一并发送给他们；absent="drop" 会将他们移出此任务。',
    ),
    "record.another_campaign": (
        "If this is another campaign, give it another name.",
        "如果这是另一个任务，请另取名称。",
    ),
    "record.another_name_repeats": (
        "Do not use another name for that: {people} with an unchanged text would get it again.",
        "请勿为此换用其他名称：内容未变的 {people}会再次收到。",
    ),
    "record.running": (
        (
            "Campaign {name} is being sent by {who}. Another plan under the same name has to wait; this plan sent "
            "nothing."
        ),
        "群发任务 {name} 正由{who}发送。同名的另一个计划需要等待；此计划没有发送任何消息。",
    ),
    "record.running_todo": (
        (
            "If its text or its list is wrong, stop it with its stop(). Otherwise wait for it to end, "
            'ding.campaign({name}).wait("sent"), then send this plan. To send several lists under one name, combine '
            "them into one DataFrame (pd.concat) and one plan."
        ),
        (
            "如果其内容或名单有误，请用它的 stop() 停止；否则请等待其结束："
            'ding.campaign({name}).wait("sent")，然后再发送此计划。如需以同一名称发送多个名单，请先用 pd.concat '
            "合并为一个 DataFrame 和一个计划。"
        ),
    ),
    "record.sender_here": ("this notebook (process {process})", "此 notebook（进程 {process}）"),
    "record.sender": ("another process on this computer ({process})", "本机的另一个进程（{process}）"),
    "record.sender_person": ("{person} (process {process} on {host})", "{person}（{host} 上的进程 {process}）"),
    "record.sender_elsewhere": (
        "another computer ({host}, process {process})",
        "另一台电脑（{host}，进程 {process}）",
    ),
    "record.sender_progress": ("{who} ({progress})", "{who}（{progress}）"),
    "record.stopped_by_person": (
        "Campaign {name} was stopped on {day} by stop() or in a form; not settled yet: {people}.",
        "群发任务 {name} 已于 {day}由 stop() 或在表单中停止；还有 {people}未处理完。",
    ),
    "record.paused_by_person": (
        "Campaign {name} was paused on {day} by pause() or in a form; not settled yet: {people}.",
        "群发任务 {name} 已于 {day}由 pause() 或在表单中暂停；还有 {people}未处理完。",
    ),
    "record.stopped_todo": (
        (
            "Only resume() continues it: run = ding.campaign({name}), then run.resume(). If its text or its list is "
            "wrong, do not resume it: recall what was sent with run.recall(), and send the right plan under another "
            "name."
        ),
        (
            "只有 resume() 能让它继续：先 run = ding.campaign({name})，再 run.resume()。"
            "如果内容或名单有误，请不要继续：用 run.recall() 撤回已发出的消息，再换一个名称发送正确的计划。"
        ),
    ),
    "record.stopped_unsent_todo": (
        (
            "Only resume() continues it: run = ding.campaign({name}), then run.resume(). If its text or its list is "
            "wrong, do not resume it: nobody has a message from it, so send the right plan under another name."
        ),
        (
            "只有 resume() 能让它继续：先 run = ding.campaign({name})，再 run.resume()。"
            "如果内容或名单有误，请不要继续：没有人收到它的消息，换一个名称发送正确的计划即可。"
        ),
    ),
    "record.stopped_recalled_todo": (
        (
            "What it sent was recalled: send the right plan under another name. Only resume() continues this campaign, "
            "with the text and the list that it has: run = ding.campaign({name}), then run.resume()."
        ),
        (
            "已发出的消息均已撤回：请换一个名称发送正确的计划。只有 resume() 能让此任务继续，仍用其原来的内容和名单："
            "先 run = ding.campaign({name})，再 run.resume()。"
        ),
    ),
    "record.stopped_cards_todo": (
        (
            "Only resume() continues it: run = ding.campaign({name}), then run.resume(). If its cards or its list "
            "are wrong, do not resume it: disable the cards that people have with run.close(), and send the right plan "
            "under another name."
        ),
        (
            "只有 resume() 能让它继续：先 run = ding.campaign({name})，再 run.resume()。"
            "如果卡片或名单有误，请不要继续：用 run.close() 关闭已发出的卡片，再换一个名称发送正确的计划。"
        ),
    ),
    "record.stopped_no_recall_todo": (
        (
            "Only resume() continues it: run = ding.campaign({name}), then run.resume(). If its cards or its list "
            "are wrong, do not resume it: send the right plan under another name. Cards cannot be recalled."
        ),
        (
            "只有 resume() 能让它继续：先 run = ding.campaign({name})，再 run.resume()。"
            "如果卡片或名单有误，请不要继续：换一个名称发送正确的计划。卡片无法撤回。"
        ),
    ),
    "record.key_todo": ("Make the plan with {before}, as before.", "请用相同的 {before} 重新生成计划。"),
    "record.no_key_todo": (
        "Keep one row of each person, and make the plan without key=...",
        "请让每人只保留一行，并且不用 key=... 重新生成计划。",
    ),
    "record.others_todo": (
        (
            "Or send only to those who are not in campaign {name} yet, under another name, with the other arguments of "
            "this plan as well: {code}"
        ),
        "或换一个名称，只发送给不在任务 {name} 中的人（此计划的其他参数照旧）：{code}",
    ),
    "record.key": ("key=[{columns}]", "key=[{columns}]"),
    "record.no_key": ("no key", "无"),
    "record.other_name_todo": ("Give this campaign another name.", "请为此任务另取名称。"),
    "control.all_sent": (
        "Everything has been sent already: there is nothing to stop.",
        "已全部发出，没有可暂停或停止的。",
    ),
    "control.all_sent_recall": (
        "run.recall() takes the messages back, within 24 hours.",
        "如需收回消息，请在 24 小时内使用 run.recall()。",
    ),
    "control.all_sent_card": (
        "Cards cannot be recalled; run.close() disables them.",
        "卡片不能撤回；run.close() 可关闭卡片。",
    ),
    "control.closing_stops": (
        (
            "No further cards are disabled once the calls under way are done. Not disabled yet: {cards}; run.close() "
            "disables them."
        ),
        "进行中的调用完成后，不再关闭卡片。还有 {cards}未关闭：run.close() 会继续关闭。",
    ),
    "campaign.title": ("Campaign {name}", "群发任务 {name}"),
    "campaign.state": ("State", "状态"),
    "campaign.running": ("running", "发送中"),
    "campaign.paused": ("paused", "已暂停"),
    "campaign.stopped": ("stopped", "已停止"),
    "campaign.interrupted": ("interrupted", "已中断"),
    "campaign.running_todo": (
        (
            "This is the state at this moment; sending continues. In a running notebook, run.form() shows the "
            "progress live."
        ),
        "以上是此刻的情况，发送仍在进行。在运行中的 notebook 里，run.form() 会持续显示进度。",
    ),
    "campaign.interrupted_todo": (
        (
            "Sending ended before everything was settled. Run the cell again, or call run.resume(): nothing is sent "
            "twice."
        ),
        "发送中途终止。请重新运行单元格，或调用 run.resume()：不会重复发送。",
    ),
    "campaign.paused_elsewhere": (
        "Paused manually, in this or another window or notebook.",
        "已手动暂停（在本窗口或其他窗口、notebook 中）。",
    ),
    "campaign.stopped_elsewhere": (
        "Stopped manually, in this or another window or notebook.",
        "已手动停止（在本窗口或其他窗口、notebook 中）。",
    ),
    "incomplete.what": ("Campaign {name} is not complete. {progress}.", "群发任务 {name} 未完成。{progress}。"),
    "incomplete.paused": ("It was paused by pause() or in a form.", "已由 pause() 或在表单中暂停。"),
    "incomplete.stopped": ("It was stopped by stop() or in a form.", "已由 stop() 或在表单中停止。"),
    "incomplete.interrupted": ("The process that was sending it ended before it was done.", "发送进程中途终止。"),
    "incomplete.unknown": (
        "It is unknown whether the message reached {people}, and no further repeat is safe.",
        "{people}是否收到尚不确定，重发不安全。",
    ),
    "incomplete.unknown_message": (
        "It is unknown whether {people} arrived, and no further repeat is safe.",
        "{people}是否送达尚不确定，重发不安全。",
    ),
    "incomplete.unknown_keyed": (
        "It is unknown whether the message reached {people}, and repeating the call would not show it.",
        "{people}是否收到尚不确定，重复调用也无法得知。",
    ),
    "incomplete.unknown_keyed_message": (
        "It is unknown whether {people} arrived, and repeating the call would not show it.",
        "{people}是否送达尚不确定，重复调用也无法得知。",
    ),
    "incomplete.unread": ("The delivery results could not be read: {reason}", "无法读取送达结果：{reason}"),
    "incomplete.resume": (
        "To continue: {found}, then run.resume(). What is settled is not sent again.",
        "如需继续：先 {found}，再 run.resume()。已处理的不会重复发送。",
    ),
    "incomplete.media": (
        "To get the campaign: {found}. run.missed() shows who is queued.",
        "取得此任务：{found}。run.missed() 显示待发送的人。",
    ),
    "incomplete.media_gone": (
        (
            "DingTalk no longer accepts the media id with which their call was made, and with another one they might "
            "get the message twice."
        ),
        "钉钉不再接受首次调用所用的 media_id；换用新的 media_id 可能导致重复收到。",
    ),
    "incomplete.resume_by_person": (
        "To continue: {found}, then run.resume(); running the cell again does not continue it.",
        "如需继续：先 {found}，再 run.resume()；重新运行单元格不会继续。",
    ),
    "incomplete.resolve": (
        'To decide: {found}, then run.resolve() lists them; run.resolve("leave") leaves them unknown.',
        '如需处理：先 {found}，再用 run.resolve() 列出这些人；run.resolve("leave") 表示保留为未知。',
    ),
    "incomplete.read": (
        "To read them again: {found}, then run.wait().",
        "如需重新读取：先 {found}，再 run.wait()。",
    ),
    "campaign.wait_interrupted": (
        "The wait was interrupted; everything known so far is recorded. To go on: {found}, then run.wait({arguments}).",
        "等待已中断，目前的结果均已记录。如需继续：先 {found}，再 run.wait({arguments})。",
    ),
    "campaign.program_ended": ("The program that was sending it ended.", "发送它的程序已结束。"),
    "incomplete.program_ended": (
        "dingnb: {error} A script that sends with wait=False should end with run.wait().",
        "dingnb：{error} 用 wait=False 发送的脚本应以 run.wait() 结尾。",
    ),
    "campaign.interrupted_here": ("The cell that was sending was interrupted.", "正在发送的单元格被中断。"),
    "campaign.by_person_todo": (
        "run.resume() continues it. Running the cell again does not, since it was stopped or paused on purpose.",
        "调用 run.resume() 可继续。由于是有意停止或暂停的，重新运行单元格不会继续发送。",
    ),
    "campaign.recalled_todo": (
        "{note} run.resume() would still send to the rest.",
        "{note}run.resume() 仍会发给其余尚未发送的人。",
    ),
    "campaign.stopped_todo": (
        "run.resume() continues: what is settled is not sent again.",
        "如需继续，请调用 run.resume()：已处理的不会重复发送。",
    ),
    "campaign.finished": ("finished", "已完成"),
    "campaign.calls": ("Calls to send", "发送调用"),
    "campaign.elsewhere": ("Already sent before", "此前已发送"),
    "campaign.kept": ("Changed message", "消息变更"),
    "campaign.kept_earlier": ("{people} with an earlier version", "{people}保留之前的内容"),
    "campaign.earlier": ("Earlier versions", "旧内容"),
    "campaign.has_both": (
        "{people} with two versions (the earlier one was not recalled)",
        "{people}有新旧两份内容（旧的未撤回）",
    ),
    "campaign.may_have_both": ("{people} perhaps with two versions", "{people}可能有新旧两份内容"),
    "campaign.has_earlier": (
        "{people} with only the earlier version (the newer one did not arrive or was recalled)",
        "{people}只有旧的一份（新的未送达或已撤回）",
    ),
    "campaign.may_have_earlier": (
        "{people} perhaps with the earlier version (the newer one did not arrive or was recalled)",
        "{people}可能有旧的一份（新的未送达或已撤回）",
    ),
    "elsewhere.had": ("{people} already had this text from {source}", "{people}已从{source}收到相同内容"),
    "elsewhere.sent": (
        "{people} had already been sent this text by {source}",
        "{people}此前已由{source}发送相同内容",
    ),
    "elsewhere.test": ("your test", "您的测试"),
    "elsewhere.campaign": ("campaign {campaign}", "群发任务 {campaign} "),
    "elsewhere.campaigns": ("other campaigns", "其他群发任务"),
    "campaign.reasons": ("What went wrong", "问题汇总"),
    "campaign.status": ("status", "状态"),
    "campaign.code": ("code", "错误码"),
    "campaign.reason": ("reason", "原因"),
    "campaign.such_as": ("for example: {reason}", "例如：{reason}"),
    "campaign.people": ("people", "人数"),
    "campaign.messages": ("messages", "消息数"),
    "campaign.share": ("share", "占比"),
    "campaign.todo": ("what to do", "处理建议"),
    "campaign.first": ("for example", "例如"),
    "campaign.first_people": ("{names}", "{names}"),
    "campaign.in_rows": ("{n:,} ({rows})", "{n:,}（{rows}）"),
    "campaign.row": ("row {label}", "第 {label} 行"),
    "campaign.row_named": ("{name} (row {label})", "{name}（第 {label} 行）"),
    "campaign.begun": ("Started", "开始于"),
    "campaign.next": ("next step", "下一步"),
    "campaign.means": ("meaning", "含义"),
    "running.caption": (
        "Being sent now: {rate:.1f} of {most_rate} calls a second; {used:,} of {most:,} calls of this month are used",
        "正在发送：每秒 {rate:.1f} 次调用（上限 {most_rate}）；本月已用 {used:,} / {most:,} 次调用",
    ),
    "running.campaign": ("campaign", "群发任务"),
    "running.who": ("who", "操作人"),
    "running.progress": ("progress", "进度"),
    "running.pace": ("pace", "速度"),
    "running.month": ("calls this month", "本月调用"),
    "history.caption": ("History", "操作记录"),
    "history.when": ("time (Beijing)", "时间（北京）"),
    "history.who": ("who", "操作人"),
    "history.what": ("action", "操作"),
    "history.people": ("people", "人数"),
    "history.people_message": ("messages", "消息数"),
    "history.created": ("created", "创建"),
    "history.changed": ("changed the plan", "修改发送计划"),
    "history.sent": ("started sending", "开始发送"),
    "history.paused": ("paused", "暂停"),
    "history.stopped": ("stopped", "停止"),
    "history.resumed": ("resumed", "继续"),
    "history.retried": ("retried", "重试"),
    "history.resolved_resend": ("resolved unknown: send again", "处理未知结果：重新发送"),
    "history.resolved_leave": ("resolved unknown: leave", "处理未知结果：保持未知"),
    "history.resolved_delivered": ("resolved unknown: delivered", "处理未知结果：视为已送达"),
    "history.recalled": ("recalled", "撤回"),
    "history.reminded": ("reminded, as campaign {name}", "提醒（任务名称：{name}）"),
    "history.closed": ("closed the cards", "关闭卡片"),
    "history.texts_removed": ("removed the texts", "删除正文"),
    "campaign.statuses": ("Delivery status", "送达情况"),
    "campaign.rows": ("rows", "行数"),
    "campaign.more_reasons": ("{n:,} more; run.results() lists everyone.", "另有 {n:,} 种；run.results() 列出全部。"),
    "campaign.nothing_sent": ("Nothing sent: finished on {day}, {people}.", "没有发送：已于 {day}完成，{people}。"),
    "campaign.nothing_sent_plan": (
        "Nothing sent: finished on {day}; {people} in this plan.",
        "没有发送：已于 {day}完成；此计划中有 {people}。",
    ),
    "campaign.nothing_left": (
        "Nothing sent: everything is settled already, {people}.",
        "没有发送：均已处理完毕，{people}。",
    ),
    "campaign.too_large": (
        "One batch has {people}, but only {limit:,} people a minute are allowed.",
        "有一批共 {people}，而每分钟只允许 {limit:,} 人。",
    ),
    "campaign.too_large_todo": (
        "Send the plan again under this name: what is queued is divided into new batches.",
        "请用同一名称重新发送计划：待发送的会重新分批。",
    ),
    "campaign.kept_text": (
        'Kept the earlier text, although the plan has a different one: {people} (changed="skip").',
        '正文已变更的人保留已发送的内容：{people}（changed="skip"）。',
    ),
    "campaign.kept_media": (
        'Kept what was sent earlier, although the {term} in the plan is a different one: {people} (changed="skip").',
        '{term}已变更的人保留已发送的内容：{people}（changed="skip"）。',
    ),
    "campaign.not_in_plan": (
        "This includes {people} of the campaign, not in this plan ({who}).",
        "其中 {people}属于此任务，但不在此计划中（{who}）。",
    ),
    "campaign.not_in_plan_message": (
        "This includes {people} of the campaign, to {who}, not in this plan.",
        "其中 {people}属于此任务，但不在此计划中（发给 {who}）。",
    ),
    "campaign.other_people": (
        "Also in this campaign, and counted in its progress: {people} of other lists. ding.campaign({name}) has all.",
        "此任务还包括其他名单中的 {people}，也计入进度；ding.campaign({name}) 显示所有人。",
    ),
    "campaign.goes_on": (
        "Campaign {name} continues: {people}, {left} not settled yet; what is settled is not sent again.",
        "群发任务 {name} 继续：{people}，尚未处理 {left}；已处理的不会重复发送。",
    ),
    "campaign.paused_after": ("Paused after {calls} failed in a row: {reason}", "连续失败 {calls}后已暂停：{reason}"),
    "campaign.paused_after_todo": ("Fix the cause, then run.resume().", "请排除原因，再调用 run.resume()。"),
    "campaign.gave_up": (
        "No call succeeded for {duration}; sending was stopped.",
        "{duration}内没有一次调用成功；已停止发送。",
    ),
    "campaign.gave_up_todo": (
        (
            "Check whether a proxy or a login page is answering in place of DingTalk; otherwise wait until calls "
            "from this address are accepted again. Then continue: calls with unknown outcome are repeated only where "
            "DingTalk drops what has already arrived."
        ),
        (
            "请检查是否有代理或登录页代替钉钉答复；否则请等待封禁解除。然后继续发送：结果未知的，仅在钉钉会过滤已到达"
            "内容时才重发。"
        ),
    ),
    "campaign.none": ("The ledger has no campaign {name!r} of this app.", "账本中没有此应用的群发任务 {name!r}。"),
    "campaign.not_ours": (
        "Campaign {name!r} belongs to {owner}, not to the connected app; nothing was done.",
        "群发任务 {name!r} 属于{owner}，不属于当前连接的应用；未作任何操作。",
    ),
    "campaign.not_ours_todo": (
        "Connect to the app or sandbox it was sent from. `dingnb ledger show {name}` shows it without a connection.",
        "请连接到当初发送它的应用或沙箱。`dingnb ledger show {name}` 无需连接即可查看。",
    ),
    "campaign.owner": ("the app {app} (LIVE)", "应用 {app}（LIVE）"),
    "campaign.owner_sandbox": ("another sandbox, or another app of a sandbox ({app})", "另一个沙箱或其应用（{app}）"),
    "campaign.none_todo": (
        "Existing campaigns: {names}. ding.campaigns() lists them.",
        "现有任务：{names}。ding.campaigns() 列出全部。",
    ),
    "campaign.none_at_all": (
        'There are none yet: plan.send("name") creates one.',
        '目前还没有任务：plan.send("名称") 会创建。',
    ),
    "campaign.bad_wait": (
        "wait(until={until}, share={share}, timeout_s={timeout_s}) cannot be used.",
        "wait(until={until}, share={share}, timeout_s={timeout_s}) 无效。",
    ),
    "campaign.bad_wait_todo": (
        (
            'Pass until="sent", until="delivered", until="read" or until="answered", and a share from 0 to 1; '
            "timeout_s is a number of seconds, or None."
        ),
        '请传入 until="sent"、"delivered"、"read" 或 "answered"，share 在 0 到 1 之间；timeout_s 为秒数或 None。',
    ),
    "resolve.bad_how": ("resolve({how}) is not one of the choices.", "resolve({how}) 不是可选值。"),
    "resolve.bad_how_todo": (
        'Pass "resend", "leave" or "delivered"; without an argument, run.resolve() lists the people concerned.',
        '请传入 "resend"、"leave" 或 "delivered"；不传参数时 run.resolve() 列出相关人员。',
    ),
    "resolve.nobody": ("No outcome is unknown; nothing was decided.", "没有结果未知的人员；未作任何决定。"),
    "resolve.nobody_todo": (
        "run.resume() continues with what has not been sent yet.",
        "如有尚未发送的，run.resume() 会继续发送。",
    ),
    "resolve.parts": (
        "{people}, {unknown} with unknown outcome and {queued} not sent yet",
        "{people}，其中结果未知 {unknown}，尚未发送 {queued}",
    ),
    "resolve.running": ("The campaign is running; nothing was decided.", "任务正在发送；未作任何决定。"),
    "resolve.running_todo": ("Wait for it to end, or call run.stop().", "请等待结束，或调用 run.stop()。"),
    "resolve.apart": (
        (
            "These people are not sent to again under this name: you decided about them, or DingTalk accepted the "
            "last call for their batch."
        ),
        "不会以此名称再次发送给这些人员：您已作出决定，或钉钉已受理其所在批次的最后一次调用。",
    ),
    "resolve.apart_todo": (
        (
            "They may have the message, so sending again can reach some of them twice. If that is what you want, "
            "plan run.resolve(), which has their userids, and send it under another name."
        ),
        (
            "这些人可能已收到，再次发送可能使部分人收到两次。如确有需要，请用 run.resolve()（含其 userid）另做计划，并"
            "以其他名称发送。"
        ),
    ),
    "campaign.media_missing": (
        "{people} still queued, because {files} could not be uploaded:",
        "{people}仍待发送，因为 {files}未能上传：",
    ),
    "campaign.media_more": ("Not shown: {files}.", "另有 {files}未列出。"),
    "campaign.media_missing_todo": (
        (
            "With the files in place, run.resume() sends to those who are left. After making the plan again, send it "
            "under the same name, or test it again: it goes only to those who are left, and run.resume() would fail."
        ),
        (
            "文件就位后，run.resume() 只发送给剩余的人。如已重新生成计划，请以同一名称发送（或再次测试）该计划："
            "只发送给剩余的人；此时 run.resume() 仍会失败。"
        ),
    ),
    "campaign.media_not_kept_todo": (
        "Under the same name, it is sent only to those who are left.",
        "以相同名称发送时，只发送给剩余的人。",
    ),
    "campaign.upload_todo": (
        (
            "An upload reaches nobody and may be repeated. Check the connection, then run.resume(): it sends only to "
            "those who are left."
        ),
        "上传不会发送给任何人，可以重复。请检查网络，然后 run.resume()：只发送给剩余的人。",
    ),
    "resolve.other_lists": (
        "The outcome is also unknown for {people} of other lists of this campaign; nothing was decided.",
        "此任务的其他名单中还有 {people}结果未知；未作任何决定。",
    ),
    "resolve.other_lists_todo": (
        "To see everybody and decide about them: run = ding.campaign({name}), then run.resolve().",
        "如需查看全部人员并作决定：先 run = ding.campaign({name})，再 run.resolve()。",
    ),
    "resolve.leave": ("Left unknown, as you decided.", "按您的决定保留为未知。"),
    "resolve.delivered": ("Delivered, as you recorded.", "按您的记录视为已收到。"),
    "quota.used_up": (
        "This ledger has counted {used} by this app this month, and the limit is {most:,}; no further call was made.",
        "账本记录此应用本月已用 {used}，上限为 {most:,}；未再发出调用。",
    ),
    "quota.too_few": (
        (
            "The next message takes {needed:,} calls, {uploads} and 1 to send it; at most {left:,} are left this "
            "month, by the count of this ledger. No further call was made."
        ),
        "下一条消息需要 {needed:,} 次调用：{uploads}，发送 1 次；按账本记录，本月最多剩余 {left:,}。未再发出调用。",
    ),
    "quota.used_up_todo": (
        (
            "Continue next month; or, if your edition allows more, use connect(limits=...) with a higher "
            "calls_per_month."
        ),
        "请下月继续；若您的版本额度更高，请用 connect(limits=...) 设置 calls_per_month。",
    ),
    "quota.left_again": (
        "Sending stopped when too few calls of the month were left; at most {left} can be made now.",
        "发送时当月剩余的调用量不足，因此停止；现在最多剩余 {left}。",
    ),
    "quota.left_again_todo": (
        "run.resume() sends to the rest.",
        "调用 run.resume() 可发送给剩余的人。",
    ),
    "quota.used_up_refresh_todo": (
        (
            "DingTalk reports results within 24 hours of sending only. An administrator can buy more calls. If your "
            "edition allows more, use connect(limits=...) with a higher calls_per_month. Then refresh again."
        ),
        (
            "钉钉只在发送后 24 小时内提供送达结果。可由管理员购买调用量；若您的版本额度更高，请用 connect(limits=...) "
            "设置更高的 calls_per_month。然后再次刷新。"
        ),
    ),
    "quota.used_up_recall_todo": (
        (
            "DingTalk recalls messages within 24 hours of sending only. An administrator can buy more calls. If your "
            "edition allows more, use connect(limits=...) with a higher calls_per_month. Then recall again."
        ),
        (
            "钉钉只能在发送后 24 小时内撤回。可由管理员购买调用量；若您的版本额度更高，请用 connect(limits=...) 设置更"
            "高的 calls_per_month。然后再次撤回。"
        ),
    ),
    "quota.short": (
        (
            "This send needs {needed}: {send} to send, and as many to read the results once; at most {left} are left "
            "this month. Nothing was sent."
        ),
        "此次发送需要 {needed}：发送所需 {send}，查询一次结果还需同样次数；而本月最多剩余 {left}。没有发送任何消息。",
    ),
    "quota.short_rest": (
        (
            "What is still to be sent needs {needed}: {send} to send, and as many to read the results once; at most "
            "{left} are left this month. No call was made."
        ),
        (
            "尚待发送的部分需要 {needed}：发送所需 {send}，查询一次结果还需同样次数；而本月最多剩余 {left}。未发出任"
            "何调用。"
        ),
    ),
    "quota.short_send_only": (
        "This send needs {needed}; at most {left} are left this month. Nothing was sent.",
        "此次发送需要 {needed}；而本月最多剩余 {left}。没有发送任何消息。",
    ),
    "quota.short_rest_send_only": (
        "What is still to be sent needs {needed}; at most {left} are left this month. No call was made.",
        "尚待发送的部分需要 {needed}；而本月最多剩余 {left}。未发出任何调用。",
    ),
    "quota.short_uploads": (
        (
            "This send needs {needed}: {uploads} to upload files, {send} to send, and as many to read the results "
            "once; at most {left} are left this month. Nothing was sent."
        ),
        (
            "此次发送需要 {needed}：上传文件 {uploads}，发送 {send}，查询一次结果还需同样次数；而本月最多剩余 {left}。"
            "没有发送任何消息。"
        ),
    ),
    "quota.short_rest_uploads": (
        (
            "What is still to be sent needs {needed}: {uploads} to upload files, {send} to send, and as many to read "
            "the results once; at most {left} are left this month. No call was made."
        ),
        (
            "尚待发送的部分需要 {needed}：上传文件 {uploads}，发送 {send}，查询一次结果还需同样次数；而本月最多剩余 "
            "{left}。未发出任何调用。"
        ),
    ),
    "quota.short_todo": (
        (
            "If your edition allows more, use connect(limits=...) with its calls_per_month. Or let DingTalk decide: "
            "send(..., beyond_quota=True); what it refuses stays queued, and the same cell sends it next month."
        ),
        (
            "若您的版本额度更高，请用 connect(limits=...) 设置 calls_per_month。也可由钉钉决定：send(..., "
            "beyond_quota=True)；被拒绝的部分保持待发送，下月重新运行同一单元格即可发送。"
        ),
    ),
    "forecast.new": ("New: nothing has been sent under this name.", "新名称：尚未以此名称发送过。"),
    "forecast.running": ("Being sent now", "正在发送"),
    "forecast.paused": ("Paused on {day}", "已于 {day}暂停"),
    "forecast.stopped": ("Stopped on {day}", "已于 {day}停止"),
    "forecast.interrupted": ("Interrupted, still sending on {day}", "已中断，{day}时仍在发送"),
    "forecast.finished": ("Finished on {day}", "已于 {day}完成"),
    "forecast.people": ("{state}, {people}", "{state}，共 {people}"),
    "forecast.plan": (
        "{head}: everybody in this plan has already been sent this message; sending again sends nothing.",
        "{head}：此计划中的人均已发送；再次发送不会发出任何消息。",
    ),
    "forecast.plan_recalled": (
        "{head}: the message was recalled from everybody in this plan; sending again sends nothing.",
        "{head}：发给此计划中所有人的消息均已撤回；再次发送不会发出任何消息。",
    ),
    "forecast.plan_recalled_message": (
        "{head}: all messages of this plan were recalled; sending again sends nothing.",
        "{head}：此计划中的消息均已撤回；再次发送不会发出任何消息。",
    ),
    "forecast.recalled": (
        "It was recalled from {people}, and is not sent to them again.",
        "{people}的消息已撤回，不会再次发送。",
    ),
    "forecast.recalled_message": (
        "Recalled, and not sent again: {people}.",
        "{people}已撤回，不会再次发送。",
    ),
    "forecast.recalled_before": (
        "This message was recalled from {people}: make sure that it is right before others get it.",
        "该任务已撤回发给 {people}的消息：发送给其他人之前，请确认内容无误。",
    ),
    "forecast.left": (
        "{head}: {parts}; only those people are sent to, and nobody gets it twice.",
        "{head}：{parts}；只发送给他们，不会有人收到两次。",
    ),
    "forecast.left_running": (
        "{head}: {parts}; sending it again waits for its turn, and nobody gets it twice.",
        "{head}：{parts}；再次发送会排队等待，不会有人收到两次。",
    ),
    "forecast.stands": ("{head}: {rest}.", "{head}：{rest}。"),
    "forecast.only": ("{head}.", "{head}。"),
    "forecast.plan_message": (
        "{head}: all messages of this plan have already been sent; sending again sends nothing.",
        "{head}：此计划中的消息均已发送；再次发送不会发出任何消息。",
    ),
    "forecast.left_message": (
        "{head}: {parts}; only these are sent, and no message is sent twice.",
        "{head}：{parts}；只发送这些，每条消息都不会重复发送。",
    ),
    "forecast.left_running_message": (
        "{head}: {parts}; sending it again waits for its turn, and no message is sent twice.",
        "{head}：{parts}；再次发送会排队等待，每条消息都不会重复发送。",
    ),
    "forecast.others_message": ("all others have been sent", "其他消息均已发送"),
    "forecast.changed_message": (
        "In this campaign, {who} sent with a different text. It can stay, or the new one is sent as well.",
        "此任务已发送的 {who}正文与此计划不同：可保留已发送的，或再发新正文。",
    ),
    "forecast.changed_media_message": (
        (
            "In this campaign, {who} sent with something other than the {term} in this plan. It can stay, or the new "
            "one is sent as well."
        ),
        "此任务已发送的 {who}与此计划中的{term}不同：可保留已发送的，或再发新内容。",
    ),
    "forecast.failed_message": (
        "{people} did not arrive: run.missed() says why, and which of them run.retry() can send again.",
        "{people}未送达：原因及能否用 run.retry() 补发见 run.missed()。",
    ),
    "forecast.absent": (
        (
            "Still waiting in this campaign, but not in this plan: {people} ({who}). They can be sent to as well, or "
            "removed from the campaign."
        ),
        "此任务中还有 {people}待发送，但不在此计划中（{who}）：可一并发送，或移出此任务。",
    ),
    "forecast.absent_message": (
        (
            "Still waiting in this campaign, but not in this plan: {people} (to {who}). They can be sent as well, or "
            "removed from the campaign."
        ),
        "此任务中还有 {people}待发送，但不在此计划中（发给 {who}）：可一并发送，或移出此任务。",
    ),
    "forecast.rest": ("everybody in this plan has been sent this message", "此计划中的人均已发送"),
    "forecast.rest_message": ("all messages of this plan have been sent", "此计划中的消息均已发送"),
    "forecast.others": ("everybody else has been sent this message", "其他人均已发送"),
    # In English, `who` has its verb: “2 people were”.
    "forecast.changed": (
        "In this campaign, {who} sent a different text. They can keep it, or get the new one as well.",
        "此任务已给 {who}发送过不同的正文：可保留已发送的，或再发新正文。",
    ),
    "forecast.changed_media": (
        (
            "In this campaign, {who} sent something other than the {term} in this plan. They can keep it, or get the "
            "new one as well."
        ),
        "此任务已给 {who}发送过的与此计划中的{term}不同：可保留已发送的，或再发新内容。",
    ),
    "forecast.failed": (
        "It did not reach {people}: run.missed() says why, and who run.retry() can send to again.",
        "{people}未收到：原因及能否用 run.retry() 补发见 run.missed()。",
    ),
    "forecast.failed_recalled": (
        (
            "It did not reach {people}: run.missed() says why. {note} run.retry() would still send to those who can "
            "receive it."
        ),
        "{people}未收到：原因见 run.missed()。{note}run.retry() 仍会补发给可接收的人。",
    ),
    "forecast.failed_recalled_message": (
        "{people} did not arrive: run.missed() says why. {note} run.retry() would still send those that can arrive.",
        "{people}未送达：原因见 run.missed()。{note}run.retry() 仍会补发可送达的消息。",
    ),
    "forecast.failed_textless": (
        (
            "It did not reach {people}: run.missed() says why. run.retry() cannot send to them again because the texts "
            "are not kept: send a new campaign only to the rows of run.missed() whose hint says so."
        ),
        (
            "{people}未收到：原因见 run.missed()。正文未保留，run.retry() 无法补发：请另建任务，只发给其中 hint "
            "如此提示的行。"
        ),
    ),
    "forecast.failed_textless_message": (
        (
            "{people} did not arrive: run.missed() says why. run.retry() cannot send again because the texts are not "
            "kept: send a new campaign only to the rows of run.missed() whose hint says so."
        ),
        (
            "{people}未送达：原因见 run.missed()。正文未保留，run.retry() 无法补发：请另建任务，只发给其中 hint "
            "如此提示的行。"
        ),
    ),
    "drafts.title": ("Drafts", "草稿"),
    "drafts.one": ("Draft {name}", "草稿 {name}"),
    "drafts.name": ("name", "名称"),
    "drafts.type": ("type", "类型"),
    "drafts.characters": ("characters", "字符数"),
    "drafts.saved": ("saved (Beijing)", "保存时间（北京）"),
    "drafts.version": ("version", "版本"),
    "drafts.texts": ("Texts", "内容"),
    "drafts.field": ("field", "字段"),
    "drafts.text": ("text", "文本"),
    "drafts.use": (
        "ding.drafts.load({name}).message is the message; ding.drafts.drop({name}) deletes it.",
        "ding.drafts.load({name}).message 即该消息；ding.drafts.drop({name}) 将其删除。",
    ),
    "drafts.none": ("There is no draft {name!r}.", "没有名为 {name!r} 的草稿。"),
    "drafts.none_todo": ("Drafts: {names}.", "现有草稿：{names}。"),
    "drafts.none_yet": (
        'No drafts yet: ding.drafts.save("name", note.msgtype, dict(note.content)) saves a message.',
        '还没有草稿：ding.drafts.save("名称", note.msgtype, dict(note.content)) 可保存一条消息。',
    ),
    "drafts.bad_name": ("{name} is not a valid draft name.", "{name} 不能作为草稿的名称。"),
    "drafts.bad_name_todo": ("Use one line of text, such as payslip.", "请使用一行文本，例如“工资条”。"),
    "drafts.unknown_type": (
        "The draft {name} has the message type {value}, which this version of dingnb does not have.",
        "草稿 {name} 的消息类型为 {value}，当前版本的 dingnb 没有此类型。",
    ),
    "drafts.unknown_type_todo": ("Update dingnb to open it.", "请更新 dingnb 后打开。"),
    "drafts.bad_type": ("{value} is not a message type.", "{value} 不是消息类型。"),
    "drafts.bad_type_todo": ("Use one of: {types}.", "可用类型：{types}。"),
    "drafts.not_a_dict": ("texts={value} is not a dict; nothing was saved.", "texts={value} 不是 dict；未保存。"),
    "drafts.bad_text": (
        "The text for {key} is {value}; names and texts must be str. Nothing was saved.",
        "{key} 的内容是 {value}；名称和内容都应为 str。未保存。",
    ),
    "drafts.bad_texts_todo": (
        "Pass a dict of names and texts; for a message that is dict(message.content).",
        "请传入 dict，键为名称，值为文本；对消息可用 dict(message.content)。",
    ),
    "drafts.too_large": (
        "The draft has {size}; the limit is {most}. It was not saved.",
        "草稿共 {size}，上限为 {most}；未保存。",
    ),
    "drafts.too_large_todo": (
        "Shorten the texts: no DingTalk message is nearly that long.",
        "请缩短内容：钉钉的消息远没有这么长。",
    ),
    "drafts.files_too_large": (
        "Chosen files of more than {megabytes} MB in total are not kept with the draft.",
        "所选文件合计超过 {megabytes} MB，不随草稿保存。",
    ),
    "drafts.files_not_kept": (
        "The chosen files could not be kept with the draft: {reason}",
        "所选文件未能随草稿保存：{reason}",
    ),
    "drafts.files_not_moved": (
        "The ledger was copied, but not the chosen files of drafts in {folder}: {reason}",
        "账本已复制，但 {folder} 中草稿所选的文件未能移动：{reason}",
    ),
    "drafts.files_not_moved_todo": (
        "Move the files to {folder}, or choose them again in the forms.",
        "请将文件移到 {folder}，或在表单中重新选择。",
    ),
    "drafts.files_not_deleted": (
        "The chosen files of drafts in {folder} could not be deleted: {reason}",
        "无法删除 {folder} 中草稿所选的文件：{reason}",
    ),
    "drafts.files_not_deleted_todo": (
        "Delete the files in this folder, or try again later.",
        "请删除该文件夹中的文件，或稍后重试。",
    ),
    "drafts.changed": (
        "Draft {name} was changed elsewhere, such as in another tab, on {when}; nothing was overwritten.",
        "草稿 {name} 已于 {when} 在别处（例如另一个标签页）保存；未覆盖。",
    ),
    "drafts.changed_todo": (
        "Load it to see that version, save yours under another name, or overwrite it with version=None.",
        "请载入查看该版本，或换一个名称保存，或用 version=None 覆盖。",
    ),
    "drafts.taken": (
        "Draft {name} already exists, saved on {when}; nothing was overwritten.",
        "草稿 {name} 已存在，保存于 {when}；未覆盖。",
    ),
    "drafts.taken_todo": (
        "Choose another name, load that draft, or overwrite it with version=None.",
        "请换一个名称，或载入该草稿，或用 version=None 覆盖。",
    ),
    "drafts.gone": (
        "Draft {name} was deleted elsewhere, such as in another tab; nothing was saved.",
        "草稿 {name} 已在别处（例如另一个标签页）删除；未保存。",
    ),
    "drafts.gone_todo": (
        "Save it as a new draft with version=0 or version=None.",
        "请用 version=0 或 version=None 将其作为新草稿保存。",
    ),
}
