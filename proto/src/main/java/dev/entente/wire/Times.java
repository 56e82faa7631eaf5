package dev.entente.wire;

import com.google.protobuf.Timestamp;
import dev.entente.Internal;
import java.time.Duration;
import java.time.Instant;

/** Points and lengths of time, as protobuf has them and back. */
@Internal
public final class Times {
    private Times() {}

    /** The length of time as protobuf has it. */
    public static com.google.protobuf.Duration proto(Duration duration) {
        return com.google.protobuf.Duration.newBuilder()
                .setSeconds(duration.getSeconds())
                .setNanos(duration.getNano())
                .build();
    }

    /** The point in time as protobuf has it. */
    public static Timestamp proto(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }

    /** The point in time that protobuf has. */
    public static Instant instant(Timestamp timestamp) {
        return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
    }

    /**
     * Returns the duration.
     *
     * @param what names it, for people
     * @throws IllegalArgumentException if it is not positive
     */
    public static Duration positive(Duration duration, String what) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(what + " must be positive, not " + duration);
        }
        return duration;
    }
}
