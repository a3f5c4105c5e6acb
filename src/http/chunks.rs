//! Bodies in pieces: documents of many megabytes are sent without being copied together first.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, SizeHint};

/// A body as a sequence of pieces, of known length. Cheap to clone; its `Debug` shows no content.
#[derive(Clone, Default)]
pub struct Chunks(Arc<[Bytes]>);

impl Chunks {
    /// The length of the whole, in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The whole in one piece, copied unless it is one already.
    #[must_use]
    pub fn joined(&self) -> Bytes {
        if let [only] = &*self.0 {
            return only.clone();
        }
        let mut whole = BytesMut::with_capacity(self.len());
        for chunk in &*self.0 {
            whole.extend_from_slice(chunk);
        }
        whole.freeze()
    }

    /// As a body for sockets. What is in one piece can be sent again by the library, a sequence cannot.
    pub(super) fn into_body(self) -> reqwest::Body {
        if self.0.len() < 2 {
            return self.joined().into();
        }
        reqwest::Body::wrap(ChunkBody { left: self.len() as u64, chunks: self, next: 0 })
    }
}

impl From<Vec<Bytes>> for Chunks {
    fn from(chunks: Vec<Bytes>) -> Self {
        Self(chunks.into())
    }
}

impl From<Bytes> for Chunks {
    fn from(bytes: Bytes) -> Self {
        vec![bytes].into()
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chunks({}, {} bytes)", self.0.len(), self.len())
    }
}

/// Chunks on their way. Their exact length is known, so that no server has to take a body of unknown length.
struct ChunkBody {
    chunks: Chunks,
    next: usize,
    left: u64,
}

impl Body for ChunkBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(chunk) = self.chunks.0.get(self.next).cloned() else {
            return Poll::Ready(None);
        };
        self.next += 1;
        self.left -= chunk.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_add_up_and_show_nothing() {
        let chunks = Chunks::from(vec![Bytes::from_static(b"a s"), Bytes::new(), Bytes::from_static(b"3cret")]);
        assert_eq!(chunks.joined(), "a s3cret");
        assert_eq!(chunks.len(), 8);
        assert_eq!(format!("{chunks:?}"), "Chunks(3, 8 bytes)");
        assert!(Chunks::default().is_empty());
    }
}
