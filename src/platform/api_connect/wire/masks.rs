//! Secrets that are shown without being told: a mask in their place is no secret, and nobody's key may open with it.

/// Characters that masks are made of.
const MASKING: [char; 12] = ['*', 'x', 'X', '•', '●', '∙', '·', '.', '-', '_', '#', '?'];
/// Words that stand for a secret.
const WORDS: [&str; 4] = ["hidden", "masked", "redacted", "not shown"];

/// Tells texts that stand for a secret which is not shown.
pub(crate) fn is_mask(text: &str) -> bool {
    let text = text.trim();
    let inner = text.trim_matches(['(', ')', '<', '>', '[', ']', '{', '}']);
    let is_bracketed = inner.len() + 2 <= text.len();
    is_bracketed
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
        || text.chars().all(|c| MASKING.contains(&c))
        || ["****", "••••", "●●●●"].iter().any(|run| text.contains(run))
}

#[cfg(test)]
mod tests {
    use super::is_mask;

    #[test]
    fn a_mask_is_told_from_a_secret() {
        for mask in [
            "",
            "********",
            "xxxxxxxx",
            "••••••",
            "(hidden)",
            "<redacted>",
            "Masked",
            "****cdef",
            "a1••••••",
            "--------",
            "...",
        ] {
            assert!(is_mask(mask), "{mask}");
        }
        for secret in
            ["s3cr3t-value", "passw0rd", "xx-7f3a", "0123456789abcdef0123456789abcdef", "a*b*c", "x.y", "(a)b"]
        {
            assert!(!is_mask(secret), "{secret}");
        }
    }
}
