//! What went wrong with a request: read from the answer, put into words.

use ::http::header::{CONTENT_TYPE, LOCATION};
use ::http::response::Parts;
use serde_json::Value;

use super::body::{LONGEST_EXCERPT, excerpt, in_one_line, is_excessive};
use super::error::HttpError;
use super::transport::TransportError;

/// The longest message of a server that is passed on, in characters.
const LONGEST_MESSAGE: usize = 500;
/// A validation error can name every field of a large document; the first few tell enough.
const MOST_MESSAGES: usize = 10;

/// What went wrong.
#[derive(Debug, Clone)]
pub enum Cause {
    /// The server refused.
    Status {
        /// What it said, as a rule in words meant for people.
        messages: Vec<String>,
        /// Whether a page came instead of JSON: then a proxy answered, not the server behind it.
        html: bool,
        /// Whether it came in the API's own form: a JSON object with a status or a message.
        stated: bool,
        /// The beginning of a body that is no JSON, cleaned.
        excerpt: Option<String>,
    },
    /// The server points elsewhere. Redirects are not followed.
    Redirect {
        /// Host and path.
        to: String,
    },
    /// No whole answer came.
    Transport(TransportError),
    /// A success without JSON.
    NotJson {
        /// The type that was wanted.
        expected: String,
        /// What came instead.
        problem: String,
        /// The beginning of the body, cleaned; never of something like JSON.
        excerpt: Option<String>,
    },
    /// A success whose JSON has another shape.
    WrongType {
        /// The type that was wanted.
        expected: String,
        /// Where it differs, without the values.
        problem: String,
    },
    /// A success whose JSON would take more memory than this, in bytes.
    Excessive(usize),
    /// The request was not sent, because logging in failed.
    Login(Box<HttpError>),
    /// The login was answered with success, but there is no usable token in it.
    NoToken(String),
    /// The run is being stopped, so the request no longer waits for its turn.
    Stopped,
    /// It would have to wait beyond the end of the time that the run has.
    Late,
    /// The request can't be expressed in HTTP; nothing was sent.
    Unsendable(String),
}

impl Cause {
    /// What the server said; empty when it said nothing or was not reached.
    pub(super) fn messages(&self) -> &[String] {
        match self {
            Self::Status { messages, .. } => messages,
            _ => &[],
        }
    }

    /// A predicate for the sentence that begins with method and path.
    pub(super) fn in_words(&self, status: Option<u16>) -> String {
        let status = status.unwrap_or_default();
        match self {
            Self::Status { messages, html, excerpt, .. } => refusal(status, messages, *html, excerpt.as_deref()),
            Self::Redirect { to } => {
                format!("answered {status}, a redirect to {to}, which is not followed")
            }
            Self::Transport(error) => format!("failed: {error}"),
            Self::NotJson { expected, problem, excerpt } => {
                format!("answered {status} with {problem} instead of {expected} as JSON{}", quoted(excerpt.as_deref()))
            }
            Self::WrongType { expected, problem } => {
                format!("answered {status} with JSON that is no {expected}: {problem}")
            }
            Self::Excessive(most) => format!(
                "answered {status} with JSON whose values take more than {most} bytes; ask for fewer objects at once \
                 (API_CACHE_REQUEST_PAGE_SIZE), or see to the server"
            ),
            Self::Login(error) => format!("needs a login, which failed: {}", error.in_words()),
            Self::NoToken(problem) => {
                format!("answered {status} without a usable token: {problem}")
            }
            Self::Late => {
                "was given up, because it would have to wait beyond the run's deadline (RUN_DEADLINE)".to_owned()
            }
            Self::Stopped => "was given up, because the run is being stopped".to_owned(),
            Self::Unsendable(problem) => format!("was not sent: {problem}"),
        }
    }

    /// What an answer other than 2xx says.
    pub(super) fn of_refusal(parts: &Parts, body: &[u8]) -> Self {
        if parts.status.is_redirection() {
            return Self::Redirect { to: redirect_target(parts) };
        }
        let declared = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let html = declared.is_some_and(|declared| declared.starts_with("text/html")) || is_markup(body);
        if is_excessive(body) {
            return Self::Status {
                messages: Vec::new(),
                html,
                stated: false,
                excerpt: Some(format!("(a body of {} bytes)", body.len())),
            };
        }
        match serde_json::from_slice::<Value>(body) {
            Ok(body) => {
                Self::Status { messages: messages(&body), html: false, stated: is_stated(&body), excerpt: None }
            }
            Err(_) => Self::Status { messages: Vec::new(), html, stated: false, excerpt: excerpt(body) },
        }
    }
}

fn refusal(status: u16, messages: &[String], html: bool, excerpt: Option<&str>) -> String {
    if !messages.is_empty() {
        return format!("answered {status}: {}", messages.join("; "));
    }
    let page = if html { " with a page, probably of a proxy" } else { "" };
    format!("answered {status}{page}{}", quoted(excerpt))
}

fn quoted(excerpt: Option<&str>) -> String {
    excerpt.map(|text| format!(": {text}")).unwrap_or_default()
}

/// `errors` first, else `message`; each may be a text or a list of texts, and unknown keys are
/// ignored (api-connect-rest.md section 2.5).
fn messages(body: &Value) -> Vec<String> {
    let of = |key: &str| match body.get(key) {
        Some(Value::Array(items)) => items.iter().filter_map(message).collect(),
        Some(item) => message(item).into_iter().collect(),
        None => Vec::new(),
    };
    let errors: Vec<String> = of("errors");
    let chosen = if errors.is_empty() { of("message") } else { errors };
    chosen.into_iter().take(MOST_MESSAGES).collect()
}

/// Whether a body is an error as the API writes them (section 2.5). An empty one, `{}` or a page may come from a proxy that
/// has no way to the server.
fn is_stated(body: &Value) -> bool {
    let has = |key: &str| body.get(key).is_some_and(|it| !it.is_null());
    body.is_object() && (has("status") || has("message"))
}

fn message(item: &Value) -> Option<String> {
    let text = item.as_str().or_else(|| item.get("message")?.as_str())?;
    let text = in_one_line(text, LONGEST_MESSAGE);
    (!text.is_empty()).then_some(text)
}

/// Host and path of `Location`. Its query stays unsaid, and so do a login and a session's id: they carry secrets.
fn redirect_target(parts: &Parts) -> String {
    let location = parts.headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.unwrap_or("an unnamed place");
    let shown = match url::Url::parse(location) {
        Ok(url) => format!("{}{}", url.host_str().unwrap_or_default(), url.path()),
        Err(_) => location.rsplit('@').next().unwrap_or_default().to_owned(),
    };
    let shown = shown.split(['?', '#', ';']).next().unwrap_or_default();
    in_one_line(shown, LONGEST_EXCERPT)
}

fn is_markup(body: &[u8]) -> bool {
    body.trim_ascii().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(content_type: &str, body: &str) -> Cause {
        let response = ::http::Response::builder().status(400).header(CONTENT_TYPE, content_type).body(()).unwrap();
        Cause::of_refusal(&response.into_parts().0, body.as_bytes())
    }

    fn messages_of(body: &str) -> Vec<String> {
        match refusal("application/json", body) {
            Cause::Status { messages, html: false, .. } => messages,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn messages_come_in_many_forms() {
        assert_eq!(messages_of(r#"{"status":400,"message":["a","b"]}"#), ["a", "b"]);
        assert_eq!(messages_of(r#"{"message":"a\n  b"}"#), ["a b"]);
        assert_eq!(messages_of(r#"{"message":["vague"],"errors":["exact"]}"#), ["exact"]);
        assert_eq!(messages_of(r#"{"message":"vague","errors":[{"message":"exact","at":1}]}"#), ["exact"]);
        assert_eq!(messages_of(r#"{"message":"told","errors":[]}"#), ["told"]);
        assert!(messages_of("[]").is_empty());
    }

    #[test]
    fn a_redirect_tells_host_and_path_alone() {
        for (location, told) in [
            ("https://user:hush@sso.test/login;id=hush?a=hush#hush", "sso.test/login"),
            ("//user:hush@sso.test/login", "sso.test/login"),
            ("/login;id=hush", "/login"),
        ] {
            let response = ::http::Response::builder().status(302).header(LOCATION, location).body(()).unwrap();
            match Cause::of_refusal(&response.into_parts().0, b"") {
                Cause::Redirect { to } => assert_eq!(to, told),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_page_is_known_by_its_type_or_its_beginning() {
        let is_html = |cause| matches!(cause, Cause::Status { html: true, .. });
        assert!(is_html(refusal("text/html; charset=utf-8", "not found")));
        assert!(is_html(refusal("", "\n <!DOCTYPE html>")));
        assert!(!is_html(refusal("text/html", r#"{"message":"mislabelled"}"#)));
    }

    #[test]
    fn only_an_object_with_a_status_or_a_message_is_the_apis_own_word() {
        let stated = |body| matches!(refusal("", body), Cause::Status { stated: true, .. });
        for body in [r#"{"status": 404}"#, r#"{"message": ["gone"]}"#, r#"{"status": 404, "message": "gone"}"#] {
            assert!(stated(body), "{body}");
        }
        for body in ["", "{}", "[]", "null", "404", r#"{"error": "gone"}"#, r#"{"message": null}"#, "<p>gone", "gone"] {
            assert!(!stated(body), "{body}");
        }
    }
}
