package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import java.util.function.LongSupplier;

/**
 * Follows the frames of one request, so that an unfinished message is known before gRPC holds it. Reads the five bytes
 * before each message, and nothing else. For one event loop.
 */
final class RequestBody {
    /** Size of a message to a method that is open to everybody: health and reflection. */
    private static final int MAX_OPEN_MESSAGE_BYTES = 4 << 10;

    private static final int PREFIX_BYTES = 5;

    /** How the bytes that came agree with the kind of request. */
    enum Verdict {
        GOES_ON,
        TOO_LARGE,
        COMPRESSED
    }

    /** The kinds of requests that differ in their bounds. Of a stream, each message may come whenever it likes. */
    enum Kind {
        HEALTH(true, false),
        REFLECTION(true, true),
        UNARY(false, false),
        STREAM(false, true);

        private final boolean isOpen;
        private final boolean isStream;

        Kind(boolean isOpen, boolean isStream) {
            this.isOpen = isOpen;
            this.isStream = isStream;
        }

        /** Tells whether strangers may send it: it is small, and not compressed. */
        boolean isOpen() {
            return isOpen;
        }
    }

    private final Kind kind;
    private final LongSupplier nanos;
    private long sinceNanos;
    private int prefixSeen;
    private int length;
    private int remaining;
    private boolean hasMessage;
    private boolean isBegunInFrame;
    private int heldBytes;

    RequestBody(Kind kind, LongSupplier nanos) {
        this.kind = kind;
        this.nanos = nanos;
        this.sinceNanos = nanos.getAsLong();
    }

    Kind kind() {
        return kind;
    }

    int heldBytes() {
        return heldBytes;
    }

    void hold(int bytes) {
        heldBytes = bytes;
    }

    /** Takes a frame's bytes, without moving its reader index. */
    Verdict take(ByteBuf frame) {
        int at = frame.readerIndex();
        int end = frame.writerIndex();
        isBegunInFrame = false;
        while (at < end) {
            if (remaining > 0) {
                int step = Math.min(remaining, end - at);
                remaining -= step;
                at += step;
            } else {
                Verdict verdict = prefix(frame.getByte(at++));
                if (verdict != Verdict.GOES_ON) {
                    return verdict;
                }
            }
            hasMessage |= remaining == 0 && prefixSeen == 0;
        }
        if (isBegunInFrame && isWithinMessage() && kind.isStream) {
            sinceNanos = nanos.getAsLong();
        }
        return Verdict.GOES_ON;
    }

    private Verdict prefix(byte next) {
        if (prefixSeen == 0) {
            length = 0;
            isBegunInFrame = true;
            if (kind.isOpen && next != 0) {
                return Verdict.COMPRESSED;
            }
        } else {
            length = (length << Byte.SIZE) | (next & 0xff);
        }
        prefixSeen++;
        if (prefixSeen < PREFIX_BYTES) {
            return Verdict.GOES_ON;
        }
        prefixSeen = 0;
        // gRPC refuses what is too large for the others, as soon as it has these five bytes.
        remaining = length < 0 ? Integer.MAX_VALUE : length;
        return kind.isOpen && remaining > MAX_OPEN_MESSAGE_BYTES ? Verdict.TOO_LARGE : Verdict.GOES_ON;
    }

    private boolean isWithinMessage() {
        return remaining > 0 || prefixSeen > 0;
    }

    /** Returns the bytes that gRPC holds once it has the frame just taken, of that cost. */
    int heldWith(int frameCost) {
        if (kind.isStream && !isWithinMessage()) {
            return 0;
        }
        return kind.isStream && isBegunInFrame ? frameCost : heldBytes + frameCost;
    }

    /** Tells whether something of it must still come: the rest of a message, or the end of what is one message. */
    boolean isUnfinished() {
        return !kind.isStream || isWithinMessage() || (kind.isOpen && !hasMessage);
    }

    /** Tells for how long it has been unfinished. */
    long ageNanos() {
        return nanos.getAsLong() - sinceNanos;
    }
}
