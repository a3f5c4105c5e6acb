//! The zstd stream: frames one after another (RFC 8878, section 3), each of its own.
//!
//! Short frames let a writer that is handed records use an encoder that wants to be handed a whole: memory is bounded by
//! the frame, and the encoder's input and output are slices, so that nothing of it can fail but the writing. `zstd -d`
//! reads such a stream as one.

use std::io::{self, BufRead, Read, Write};

use ruzstd::{
    decoding::{FrameDecoder, StreamingDecoder},
    encoding::{CompressionLevel, compress_to_vec},
};

/// How much goes into a frame. The encoder looks back 128 KiB whatever the frame, so longer ones gain nothing.
const FRAME: usize = 1 << 20;

/// The most that a frame may ask to look back; every decoder is asked to allow this much (RFC 8878, section 3.1.1.1.2).
const LARGEST_WINDOW: u64 = 8 << 20;

/// Packs what is written to it.
pub struct FrameWriter<W: Write> {
    inner: W,
    waiting: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// A stream that goes to `inner`.
    pub fn new(inner: W) -> Self {
        Self { inner, waiting: Vec::with_capacity(FRAME) }
    }

    /// Writes what is left, and gives back what it was written to.
    ///
    /// # Errors
    /// When `inner` does not take it.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_frame()?;
        Ok(self.inner)
    }

    fn write_frame(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.inner.write_all(&packed(&self.waiting))?;
            self.waiting.clear();
        }
        Ok(())
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() == FRAME {
            self.write_frame()?;
        }
        let taken = bytes.len().min(FRAME - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Frames end where they are full: what waits stays until [`FrameWriter::finish`].
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A frame. The encoder is younger than the decoder, and a snapshot may be all that is left of a catalog: a frame that
/// would not come back as it was is stored as it is.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let frame = compress_to_vec(bytes, CompressionLevel::Fastest);
    if comes_back(&frame, bytes) { frame } else { compress_to_vec(bytes, CompressionLevel::Uncompressed) }
}

fn comes_back(frame: &[u8], bytes: &[u8]) -> bool {
    let mut unpacked = Vec::with_capacity(bytes.len());
    let read = FrameReader::new(frame).take(FRAME as u64 + 1).read_to_end(&mut unpacked);
    read.is_ok() && unpacked == bytes
}

/// Unpacks frames until what they are read from ends.
pub struct FrameReader<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    Between(R, Box<FrameDecoder>),
    Within(Box<StreamingDecoder<R, Box<FrameDecoder>>>),
    /// It has failed, and what comes after cannot be known.
    Broken,
}

impl<R: BufRead> FrameReader<R> {
    /// The content of the frames in `inner`.
    pub fn new(inner: R) -> Self {
        let mut decoder = Box::new(FrameDecoder::new());
        decoder.set_max_window_size(LARGEST_WINDOW);
        Self { state: State::Between(inner, decoder) }
    }

    /// Begins the next frame; `false` where there is none.
    fn begin(&mut self, mut inner: R, decoder: Box<FrameDecoder>) -> io::Result<bool> {
        if inner.fill_buf()?.is_empty() {
            self.state = State::Between(inner, decoder);
            return Ok(false);
        }
        let frame = StreamingDecoder::new_with_decoder(inner, decoder).map_err(io::Error::other)?;
        self.state = State::Within(Box::new(frame));
        Ok(true)
    }
}

impl<R: BufRead> Read for FrameReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match std::mem::replace(&mut self.state, State::Broken) {
                State::Broken => return Err(io::Error::other("it is broken")),
                State::Between(inner, decoder) => {
                    if !self.begin(inner, decoder)? {
                        return Ok(0);
                    }
                }
                State::Within(mut frame) => {
                    let read = frame.read(buffer)?;
                    if read > 0 {
                        self.state = State::Within(frame);
                        return Ok(read);
                    }
                    let (inner, decoder) = frame.into_parts();
                    self.state = State::Between(inner, decoder);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(content: &[u8]) -> Vec<u8> {
        let mut writer = FrameWriter::new(Vec::new());
        writer.write_all(content).unwrap();
        writer.finish().unwrap()
    }

    fn read(stream: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        FrameReader::new(stream).read_to_end(&mut content)?;
        Ok(content)
    }

    /// Something between noise and sameness.
    fn content(length: usize) -> Vec<u8> {
        (0..length).map(|it| u8::try_from(it * it % 251 / (1 + it / 7000 % 9)).unwrap_or_default()).collect()
    }

    #[test]
    fn what_is_packed_comes_back() {
        for length in [0, 1, 100, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME + 12_345] {
            assert!(read(&stream(&content(length))).unwrap() == content(length), "{length}");
        }
    }

    #[test]
    fn a_stream_that_ends_within_a_frame_is_an_error() {
        let whole = stream(&content(FRAME + 5000));
        let first = stream(&content(FRAME)).len();
        for length in (1..whole.len()).step_by(97).filter(|length| *length != first) {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn what_follows_the_frames_is_an_error() {
        for rest in [&b"\0"[..], b"garbage", b"\x50\x2a\x4d\x18\x01\x00\x00\x00x"] {
            assert!(read(&[&stream(b"content"), rest].concat()).is_err());
        }
    }

    #[test]
    fn a_frame_that_looks_back_too_far_is_refused_before_memory_is_asked_for() {
        // Magic number; no size, no checksum; a window of 2^(10 + 17) bytes; a last empty block.
        assert!(read(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 0x01, 0x00, 0x00]).is_err());
        assert!(read(&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3, 0x01, 0x00, 0x00]).unwrap().is_empty());
    }
}
