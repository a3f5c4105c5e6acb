//! `multipart/form-data` (RFC 7578) in pieces: the documents are sent as they are, without being copied together.

use bytes::Bytes;
use rand::distr::{Alphanumeric, SampleString};

use crate::http::Payload;

/// A part of a form. Every part is a file, because the server tells them apart so (api-connect-rest.md section 14.2).
pub(crate) struct FormPart {
    /// Its name in the form.
    pub(crate) name: &'static str,
    pub(crate) file_name: String,
    pub(crate) media_type: String,
    pub(crate) content: Bytes,
}

/// The form as a body.
pub(crate) fn form(parts: &[FormPart]) -> Payload {
    let boundary = boundary(parts);
    let mut chunks = Vec::with_capacity(2 * parts.len() + 1);
    let mut before = "";
    for part in parts {
        let head = format!("{before}--{boundary}\r\n{}", head(part));
        chunks.extend([Bytes::from(head), part.content.clone()]);
        before = "\r\n";
    }
    chunks.push(format!("{before}--{boundary}--\r\n").into());
    Payload::in_chunks(format!("multipart/form-data; boundary={boundary}"), chunks)
}

fn head(part: &FormPart) -> String {
    format!(
        "Content-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
        part.name,
        quoted(&part.file_name),
        one_line(&part.media_type),
    )
}

/// A file name between quotes, as browsers write it.
fn quoted(name: &str) -> String {
    one_line(name).replace('"', "%22")
}

/// Nothing that would end a header may stand in one.
fn one_line(text: &str) -> String {
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// Draws a boundary that occurs in none of the parts.
fn boundary(parts: &[FormPart]) -> String {
    loop {
        let drawn = Alphanumeric.sample_string(&mut rand::rng(), 32);
        let boundary = format!("configsync{drawn}");
        let occurs = |part: &FormPart| part.content.windows(boundary.len()).any(|window| window == boundary.as_bytes());
        if !parts.iter().any(occurs) {
            return boundary;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(file_name: &str, content: &'static str) -> FormPart {
        FormPart {
            name: "openapi",
            file_name: file_name.into(),
            media_type: "application/json".into(),
            content: content.into(),
        }
    }

    #[test]
    fn names_cannot_break_out_of_their_header() {
        let head = head(&part("a\"\r\nX: y", ""));
        assert!(head.contains("filename=\"a%22%0D%0AX: y\"\r\n"), "{head}");
        assert_eq!(head.lines().count(), 3);
    }

    #[test]
    fn the_length_is_that_of_all_pieces() {
        let parts = [part("a.json", "{}"), part("b.json", "[]")];
        let heads: usize = parts.iter().map(|part| head(part).len()).sum();
        let boundary = boundary(&parts).len();
        let frames = (boundary + 4) + (boundary + 6) + (boundary + 8);
        assert_eq!(form(&parts).len(), heads + frames + 4);
    }
}
