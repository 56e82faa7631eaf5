package dev.entente.server.participant.http;

import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Finds the end of each answer on one connection of HTTP/1.1, so that bytes behind it, which nobody asked for, can be
 * told from the next answer. What it cannot read ends with its connection. Thread-safe.
 */
final class AnswerEnds {
    private static final int LONGEST_LINE = 1 << 16;

    /** The part of an answer that comes next. */
    private enum Part {
        NOTHING,
        STATUS,
        HEADERS,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILERS,
        REST
    }

    private final StringBuilder line = new StringBuilder();
    private Part part = Part.NOTHING;
    private boolean isHead;
    private int status;
    private boolean isChunked;
    private boolean isMore;
    /** Bytes of the body or the chunk; negative where the answer ends with its connection. */
    private long left;

    /** Tells whether an answer has ended, or none was asked for yet, and nothing was asked since. */
    synchronized boolean isBetween() {
        return part == Part.NOTHING;
    }

    /** Tells whether there were bytes behind the answer that ended last. */
    synchronized boolean isMore() {
        return isMore;
    }

    /** Bytes of a request left. */
    synchronized void asked(ByteBuffer bytes) {
        if (part == Part.NOTHING && bytes.hasRemaining()) {
            part = Part.STATUS;
            isHead = bytes.get() == 'H';
        }
    }

    /** Reads bytes that came. */
    synchronized void came(ByteBuffer bytes) {
        while (bytes.hasRemaining() && part != Part.NOTHING && part != Part.REST) {
            if (part == Part.BODY || part == Part.CHUNK) {
                skip(bytes);
            } else {
                read((char) (bytes.get() & 0xff));
            }
        }
        isMore = bytes.hasRemaining() && part == Part.NOTHING;
    }

    private void skip(ByteBuffer bytes) {
        int skipped = (int) Math.min(left, bytes.remaining());
        bytes.position(bytes.position() + skipped);
        left -= skipped;
        if (left == 0) {
            part = part == Part.BODY ? Part.NOTHING : Part.CHUNK_END;
        }
    }

    private void read(char next) {
        if (next != '\n') {
            line.append(next);
            if (line.length() > LONGEST_LINE) {
                part = Part.REST;
            }
            return;
        }
        String read = line.toString().strip();
        line.setLength(0);
        try {
            read(read);
        } catch (NumberFormatException | IndexOutOfBoundsException unreadable) {
            part = Part.REST;
        }
    }

    private void read(String read) {
        switch (part) {
            case STATUS -> {
                status = Integer.parseInt(read.split(" ", 3)[1]);
                left = -1;
                isChunked = false;
                part = Part.HEADERS;
            }
            case HEADERS -> header(read.toLowerCase(Locale.ROOT));
            case CHUNK_SIZE -> {
                left = Long.parseLong(read.split(";", 2)[0].strip(), 16);
                part = left == 0 ? Part.TRAILERS : Part.CHUNK;
            }
            case CHUNK_END -> part = Part.CHUNK_SIZE;
            case TRAILERS -> part = read.isEmpty() ? Part.NOTHING : Part.TRAILERS;
            case NOTHING, BODY, CHUNK, REST -> throw new IllegalStateException("no lines in " + part);
        }
    }

    private void header(String read) {
        if (read.startsWith("content-length:")) {
            left = Long.parseLong(read.substring("content-length:".length()).strip());
        } else if (read.startsWith("transfer-encoding:")) {
            isChunked = read.endsWith("chunked");
        } else if (read.isEmpty()) {
            part = body();
        }
    }

    private Part body() {
        if (status < 200) {
            return status == 101 ? Part.REST : Part.STATUS;
        }
        if (isHead || status == 204 || status == 304) {
            return Part.NOTHING;
        }
        if (isChunked) {
            return Part.CHUNK_SIZE;
        }
        return left < 0 ? Part.REST : left == 0 ? Part.NOTHING : Part.BODY;
    }
}
