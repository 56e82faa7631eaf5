package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How one call to a participant ended: expected in all its forms, so never an exception. */
public sealed interface Outcome {
    int SUCCEEDED = 1;
    int REJECTED = 2;
    int FAILED = 3;
    int IN_PROGRESS = 4;
    int MISCONFIGURED = 5;
    int UNKNOWN = 6;

    /** The number that is stored and sent. */
    int code();

    /** Returns the failure as text for people; empty for a success. */
    String detail();

    /**
     * Done.
     *
     * @param tried of a try: the children that its participant tried with success, as paths below its branch,
     *     {@code path/*} for all that is registered below one; null where it names none, and so vouches for all
     */
    record Succeeded(ByteString response, @Nullable Set<String> tried) implements Outcome {
        /** Names no children. */
        public Succeeded(ByteString response) {
            this(response, null);
        }

        @Override
        public int code() {
            return SUCCEEDED;
        }

        @Override
        public String detail() {
            return "";
        }
    }

    /**
     * A business no, and a promise that nothing was or will be done.
     *
     * @param settled whether the participant's barrier has stored this verdict, so that it can be trusted whatever else
     *     was sent
     * @param rejection the participant's own code of it, such as {@code OUT_OF_STOCK}; empty if it says none
     */
    record Rejected(String detail, boolean settled, String rejection) implements Outcome {
        /** Says no code. */
        public Rejected(String detail, boolean settled) {
            this(detail, settled, "");
        }

        @Override
        public int code() {
            return REJECTED;
        }
    }

    /**
     * A definite no without that promise.
     *
     * @param notFound whether it said that it does not know what it was asked about: good enough for an undo of what
     *     was never seen done
     * @param gone whether it said that nobody will ever listen there again
     */
    record Failed(String detail, boolean notFound, boolean gone) implements Outcome {
        public Failed(String detail, boolean notFound) {
            this(detail, notFound, false);
        }

        @Override
        public int code() {
            return FAILED;
        }
    }

    /**
     * Ask again; no failure.
     *
     * @param retryAfter the participant's wish, a lower bound, or null
     */
    record InProgress(String detail, @Nullable Duration retryAfter) implements Outcome {
        @Override
        public int code() {
            return IN_PROGRESS;
        }
    }

    /**
     * No retry can help.
     *
     * @param barrierExpired whether the participant's barrier no longer remembers a transaction of this age
     * @param mayPass whether it may be so for a moment alone, as in a roll-out: nobody was met at that address, or
     *     without a right, and nobody said why
     */
    record Misconfigured(String detail, boolean barrierExpired, boolean mayPass) implements Outcome {
        /** Lasts until somebody has mended it. */
        public Misconfigured(String detail, boolean barrierExpired) {
            this(detail, barrierExpired, false);
        }

        /** Is asked again for a while, before a person is. */
        public static Misconfigured forNow(String detail) {
            return new Misconfigured(detail, false, true);
        }

        @Override
        public int code() {
            return MISCONFIGURED;
        }
    }

    /**
     * It may or may not have happened.
     *
     * @param retryAfter the participant's wish, a lower bound, or null
     */
    record Unknown(String detail, @Nullable Duration retryAfter) implements Outcome {
        @Override
        public int code() {
            return UNKNOWN;
        }
    }

    /**
     * No call left, for certain. Not an attempt, and not recorded.
     *
     * @param retryAfter when to try again
     * @param isUnreachable whether it was for want of a connection
     */
    record NotSent(String detail, Duration retryAfter, boolean isUnreachable) implements Outcome {

        /** Kept back on this side, such as by a full limit. */
        public NotSent(String detail, Duration retryAfter) {
            this(detail, retryAfter, false);
        }

        /** Kept back because there is no connection. */
        public static NotSent unreachable(String detail, Duration retryAfter) {
            return new NotSent(detail, retryAfter, true);
        }

        @Override
        public int code() {
            return 0;
        }
    }

    /**
     * The participant has seen a higher fence: this coordinator was superseded; stop and read the row again. Never
     * recorded.
     */
    record StaleFence(String detail) implements Outcome {
        @Override
        public int code() {
            return 0;
        }
    }
}
