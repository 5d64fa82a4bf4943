"""What tells another process, by its environment, how to connect."""

from dingnb.sandbox import SandboxSettings


def reaching(settings: SandboxSettings, url: str) -> dict[str, str]:
    """Return the variables by which `dingnb.connect` finds the app of a sandbox, and the sandbox."""
    return {
        "DINGTALK_APP_KEY": settings.app_key,
        "DINGTALK_APP_SECRET": settings.app_secret,
        "DINGTALK_AGENT_ID": str(settings.agent_id),
        "DINGTALK_OAPI_BASE_URL": url,
        "DINGTALK_API_BASE_URL": url,
    }
