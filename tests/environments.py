"""Environment variables with which another process connects."""

from dingnb.sandbox import SandboxSettings


def connection_environment(settings: SandboxSettings, url: str) -> dict[str, str]:
    """Return the variables with which `dingnb.connect` finds a sandbox and its app."""
    return {
        "DINGTALK_APP_KEY": settings.app_key,
        "DINGTALK_APP_SECRET": settings.app_secret,
        "DINGTALK_AGENT_ID": str(settings.agent_id),
        "DINGTALK_OAPI_BASE_URL": url,
        "DINGTALK_API_BASE_URL": url,
    }
