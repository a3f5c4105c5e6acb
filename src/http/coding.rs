//! Bodies that came compressed: unpacked as the answer says, never beyond a bound.

use std::io::{self, Read};

use ::http::HeaderMap;
use ::http::header::CONTENT_ENCODING;
use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

use super::body::in_one_line;
use super::transport::TransportError;

/// What is understood, for the header `Accept-Encoding`.
pub(super) const ACCEPTED: &str = "gzip, deflate, br, zstd";

/// One coding is usual, two happen; more are no answer but an attack.
const MOST_CODINGS: usize = 3;

/// The largest window that a sender of `zstd` may ask for over HTTP (RFC 9659).
const ZSTD_WINDOW: u64 = 8 * 1024 * 1024;

/// A way in which a body can be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The body as it was before it was packed, of at most so many bytes.
///
/// # Errors
/// Where the headers name a way of packing that is not known, the body is not what they say, or it is larger than that.
pub fn unpack(headers: &HeaderMap, body: Bytes, most: usize) -> Result<Bytes, TransportError> {
    let declared = declared(headers);
    // Where there is no content there is nothing to unpack, whatever is said of it.
    if declared.is_empty() || body.is_empty() {
        return Ok(body);
    }
    let said = in_one_line(&declared.join(", "), 60);
    let codings: Option<Vec<Coding>> = declared.iter().map(|name| Coding::named(name)).collect();
    let codings = codings.filter(|codings| codings.len() <= MOST_CODINGS);
    let codings = codings.ok_or_else(|| TransportError::Encoding(said.clone()))?;
    // The last one that was applied is the first to be undone.
    codings.iter().rev().try_fold(body, |body, coding| {
        coding.undo(&body, most).map_err(|problem| match problem {
            UnpackError::TooLarge => TransportError::TooLarge(most),
            UnpackError::Broken(error) => TransportError::Broken(format!(
                "its body is not what `Content-Encoding: {said}` says, or was cut off ({error}); \
                 see to the proxy or gateway that compresses it"
            )),
        })
    })
}

/// The codings that the answer names, in the order in which they were applied.
fn declared(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONTENT_ENCODING).iter();
    lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()).to_lowercase())
        .flat_map(|line| line.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect()
}

enum UnpackError {
    TooLarge,
    Broken(String),
}

impl Coding {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "gzip" | "x-gzip" => Self::Gzip,
            "deflate" => Self::Deflate,
            "br" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    fn undo(self, packed: &[u8], most: usize) -> Result<Bytes, UnpackError> {
        match self {
            Self::Gzip => read(MultiGzDecoder::new(packed), most),
            // The name means zlib's form; some servers send the bare one.
            Self::Deflate => match read(ZlibDecoder::new(packed), most) {
                Err(UnpackError::Broken(error)) => bare(packed, most).ok_or(UnpackError::Broken(error)),
                other => other,
            },
            Self::Brotli => read(Decompressor::new(packed, 4096), most),
            Self::Zstd => {
                let decoder = StreamingDecoder::new_with_max_window_size(packed, ZSTD_WINDOW);
                read(decoder.map_err(|error| UnpackError::Broken(error.to_string()))?, most)
            }
        }
    }
}

/// Without the frame that proves it, only what is used up to the last byte is what it is taken for.
fn bare(packed: &[u8], most: usize) -> Option<Bytes> {
    let mut decoder = DeflateDecoder::new(packed);
    let unpacked = read(&mut decoder, most).ok()?;
    (decoder.total_in() == packed.len() as u64).then_some(unpacked)
}

fn read(unpacked: impl Read, most: usize) -> Result<Bytes, UnpackError> {
    let mut body = Vec::new();
    // One more than is allowed tells that there is more.
    let bound = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let outcome: io::Result<usize> = unpacked.take(bound).read_to_end(&mut body);
    outcome.map_err(|error| UnpackError::Broken(error.to_string()))?;
    if body.len() > most {
        return Err(UnpackError::TooLarge);
    }
    Ok(body.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"{\"results\": [], \"total_results\": 0}";
    /// `{}` as `br` has it: a stored block.
    const BROTLI: &[u8] = b"\x10\x00\x10{}\x03";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn bare(text: &[u8]) -> Vec<u8> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::default());
        packed.write_all(text).unwrap();
        packed.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        use ruzstd::encoding::{CompressionLevel, compress_to_vec};
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn unpacked(codings: &[&str], body: &[u8], most: usize) -> Result<Bytes, TransportError> {
        let mut headers = HeaderMap::new();
        for coding in codings {
            headers.append(CONTENT_ENCODING, coding.parse().unwrap());
        }
        unpack(&headers, Bytes::copy_from_slice(body), most)
    }

    #[test]
    fn what_is_packed_in_a_known_way_is_unpacked() {
        for (codings, body) in [
            (&[][..], TEXT.to_vec()),
            (&["identity"], TEXT.to_vec()),
            (&["gzip"], gzip(TEXT)),
            (&["X-GZip"], gzip(TEXT)),
            (&["gzip"], [gzip(&TEXT[..9]), gzip(&TEXT[9..])].concat()),
            (&["deflate"], zlib(TEXT)),
            (&["deflate"], bare(TEXT)),
            (&["zstd"], zstd(TEXT)),
            (&["deflate, gzip"], gzip(&zlib(TEXT))),
            (&["deflate", "gzip"], gzip(&zlib(TEXT))),
        ] {
            let unpacked = unpacked(codings, &body, TEXT.len()).unwrap();
            assert_eq!(unpacked, TEXT, "{codings:?}");
        }
        assert_eq!(unpacked(&["br"], BROTLI, 2).unwrap(), "{}".as_bytes());
    }

    #[test]
    fn no_content_needs_no_unpacking() {
        for coding in ["gzip", "deflate", "br", "zstd", "compress"] {
            assert_eq!(unpacked(&[coding], b"", 0).unwrap(), "".as_bytes(), "{coding}");
        }
    }

    #[test]
    fn a_way_that_is_not_known_is_named() {
        for codings in [&["compress"][..], &["gzip, aes128gcm"], &["gzip, gzip, gzip, gzip"]] {
            let error = unpacked(codings, &gzip(TEXT), 1000).unwrap_err().to_string();
            let named = format!("`Content-Encoding: {}`", codings[0]);
            assert!(error.contains(&named) && error.contains("proxy"), "{error}");
        }
    }

    #[test]
    fn what_is_cut_off_or_packed_otherwise_is_broken() {
        let (gzipped, zstandard) = (gzip(TEXT), zstd(TEXT));
        for (coding, body) in [
            ("gzip", &gzipped[..gzipped.len() / 2]),
            ("gzip", TEXT),
            ("deflate", TEXT),
            ("br", &BROTLI[..4]),
            ("br", TEXT),
            ("zstd", &zstandard[..zstandard.len() / 2]),
            ("zstd", TEXT),
        ] {
            let error = unpacked(&[coding], body, 1000).unwrap_err();
            assert!(matches!(error, TransportError::Broken(_)), "{coding}: {error}");
            let named = format!("`Content-Encoding: {coding}`");
            assert!(error.to_string().contains(&named), "{error}");
        }
    }

    #[test]
    fn nothing_is_unpacked_beyond_the_bound() {
        let zeros = vec![b'0'; 1_000_000];
        for (coding, body) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("zstd", zstd(&zeros)),
            ("gzip, gzip", gzip(&gzip(&zeros))),
        ] {
            assert!(body.len() < 5000, "{coding} packs {}", body.len());
            let error = unpacked(&[coding], &body, 999_999).unwrap_err();
            assert!(matches!(error, TransportError::TooLarge(999_999)), "{coding}: {error}");
            assert_eq!(unpacked(&[coding], &body, 1_000_000).unwrap(), zeros);
        }
    }
}
