package dev.entente.wire;

import com.google.protobuf.Timestamp;
import dev.entente.Internal;
import java.time.Duration;
import java.time.Instant;

/** Converts points and lengths of time to protobuf and back. */
@Internal
public final class Times {
    private Times() {}

    /** Converts a length of time to protobuf. */
    public static com.google.protobuf.Duration proto(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    /** Converts a point in time to protobuf. */
    public static Timestamp proto(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** Converts a point in time from protobuf. */
    public static Instant instant(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }

    /**
     * Returns the duration.
     *
     * @param what the name of the duration, for people
     * @throws IllegalArgumentException if the duration is not positive
     */
    public static Duration positive(Duration duration, String what) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(what + " must be positive, not " + duration);
        }
        return duration;
    }
}
