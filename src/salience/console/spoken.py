"""What the pages for operators say, in English and Chinese."""

from __future__ import annotations

from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]

SAID: dict[str, dict[Language, str]] = {
    "sign in": {"en": "Sign in", "zh": "登录"},
    "sign out": {"en": "Sign out", "zh": "退出"},
    "name": {"en": "Name", "zh": "用户名"},
    "password": {"en": "Password", "zh": "密码"},
    "wrong": {"en": "Name or password is wrong.", "zh": "用户名或密码不正确。"},
    "too many": {"en": "Too many tries. Come back in {} s.", "zh": "尝试次数过多，请在 {} 秒后再试。"},
    "sign in at": {"en": "Sign in with {}", "zh": "使用 {} 登录"},
    "provider stale": {
        "en": "This sign-in is too old or was begun in another browser. Try again.",
        "zh": "此次登录已过期，或是在另一个浏览器中开始的，请重试。",
    },
    "provider refused": {"en": "{} did not sign you in. Try again.", "zh": "{} 未能确认您的身份，请重试。"},
    "provider down": {"en": "{} cannot be reached just now.", "zh": "暂时无法连接 {}。"},
    "provider no role": {
        "en": "{} knows you, but you have no role here. Ask whoever runs this server.",
        "zh": "{} 已确认您的身份，但您在此没有任何角色，请联系管理员。",
    },
    "going on": {"en": "Signed in", "zh": "已登录"},
    "signed out": {"en": "Signed out", "zh": "已退出"},
    "go on": {"en": "Go on", "zh": "继续"},
    "sign out there": {"en": "Sign out at {} too", "zh": "同时退出 {}"},
    "stale": {"en": "This form is too old. Try again.", "zh": "表单已过期，请重试。"},
    "home": {"en": "Privacy desk", "zh": "隐私工作台"},
    "not yours": {"en": "Your role ({}) has no page here.", "zh": "您的角色（{}）在这里没有页面。"},
    "requests": {"en": "What people asked for", "zh": "个人权利请求"},
    "reviews": {"en": "Decisions that people contest", "zh": "待复核的决定"},
    "person": {"en": "Look somebody up", "zh": "查询个人"},
    "audit": {"en": "Audit chain", "zh": "审计链"},
    "papers": {"en": "Papers", "zh": "文件"},
    "surges": {"en": "Surges today", "zh": "今日异常流量"},
    "none": {"en": "Nothing waits.", "zh": "暂无待办。"},
    "right": {"en": "Right", "zh": "权利"},
    "law": {"en": "Law", "zh": "法律"},
    "due": {"en": "Days left", "zh": "剩余天数"},
    "state": {"en": "State", "zh": "状态"},
    "decision": {"en": "Decision", "zh": "决定"},
    "reason": {"en": "Reason", "zh": "理由"},
    "upheld": {"en": "Uphold", "zh": "维持"},
    "changed": {"en": "Change", "zh": "更改"},
    "withdrawn": {"en": "Withdraw", "zh": "撤回"},
    "verdict": {"en": "Verdict", "zh": "结论"},
    "why": {"en": "Why, for the person", "zh": "给当事人的说明"},
    "decide": {"en": "Decide", "zh": "提交"},
    "look up": {"en": "Look up", "zh": "查询"},
    "id": {"en": "Id (visitors: anon:ID)", "zh": "标识（访客：anon:ID）"},
    "may": {"en": "What may be done", "zh": "允许的用途"},
    "tags": {"en": "What is said of this person", "zh": "标签"},
    "whole": {"en": "The chain is whole.", "zh": "审计链完整。"},
    "broken": {"en": "The chain is broken: {}", "zh": "审计链已损坏：{}"},
    "when": {"en": "When", "zh": "时间"},
    "who": {"en": "Who", "zh": "操作者"},
    "what": {"en": "What", "zh": "内容"},
    "item": {"en": "Item", "zh": "物品"},
    "visitors": {"en": "Visitors", "zh": "访客数"},
    "yes": {"en": "yes", "zh": "是"},
    "no": {"en": "no", "zh": "否"},
    "record": {"en": "Record of processing", "zh": "处理活动记录"},
    "assessment": {"en": "Impact assessment (draft)", "zh": "影响评估（草稿）"},
    "notice": {"en": "Table for the privacy notice", "zh": "隐私声明字段表"},
    "parameters": {"en": "Main parameters", "zh": "主要参数"},
}


def say(word: str, language: Language, *more: object) -> str:
    """The words in a language.

    >>> say("sign in", "zh"), say("not yours", "en", "viewer")
    ('登录', 'Your role (viewer) has no page here.')
    """
    return SAID[word][language].format(*more)
