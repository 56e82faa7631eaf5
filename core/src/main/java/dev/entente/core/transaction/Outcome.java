package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The result of one call to a participant. Every outcome is expected, so no outcome is an exception. */
public sealed interface Outcome {
    int SUCCEEDED = 1;
    int REJECTED = 2;
    int FAILED = 3;
    int IN_PROGRESS = 4;
    int MISCONFIGURED = 5;
    int UNKNOWN = 6;

    /** Returns the number that is stored and sent. */
    int code();

    /** Returns the failure as text for people; empty for a success. */
    String detail();

    /**
     * The operation is done.
     *
     * @param tried of a try: the children that its participant tried successfully, as paths below its branch; {@code
     *     path/*} means all children registered below a path; null: the participant names none, which means all
     */
    record Succeeded(ByteString response, @Nullable Set<String> tried) implements Outcome {
        /** Makes a success that names no children. */
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
     * A business rejection, and a promise that the operation did nothing and will do nothing.
     *
     * @param settled whether the participant's barrier has stored this verdict, which makes the verdict trusted
     *     whatever else was sent
     * @param rejection the participant's own code, such as {@code OUT_OF_STOCK}; empty if there is none
     */
    record Rejected(String detail, boolean settled, String rejection) implements Outcome {
        /** Makes a rejection without a code. */
        public Rejected(String detail, boolean settled) {
            this(detail, settled, "");
        }

        @Override
        public int code() {
            return REJECTED;
        }
    }

    /**
     * A definite failure without that promise.
     *
     * @param notFound whether the participant reports that it does not know the forward call: sufficient for an undo of
     *     a forward call that was never seen done
     * @param gone whether the participant reports that no server will ever listen at this address again
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
     * The participant asks for a later call. This is no failure.
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
     * A result that no retry can change.
     *
     * @param barrierExpired whether the participant's barrier no longer remembers a transaction of this age
     * @param mayPass whether the cause may be temporary, such as a roll-out: there was no server at the address, or no
     *     permission, and no participant gave a reason
     */
    record Misconfigured(String detail, boolean barrierExpired, boolean mayPass) implements Outcome {
        /** Makes an outcome that lasts until the cause is fixed. */
        public Misconfigured(String detail, boolean barrierExpired) {
            this(detail, barrierExpired, false);
        }

        /** Makes an outcome that is retried for a while before an operator is asked. */
        public static Misconfigured forNow(String detail) {
            return new Misconfigured(detail, false, true);
        }

        @Override
        public int code() {
            return MISCONFIGURED;
        }
    }

    /**
     * The operation may or may not have happened.
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
     * The call certainly did not leave. It is not an attempt, and is not recorded.
     *
     * @param retryAfter when to try again
     * @param isUnreachable whether a missing connection was the cause
     */
    record NotSent(String detail, Duration retryAfter, boolean isUnreachable) implements Outcome {

        /** Makes the outcome of a call that the coordinator held back, for example because a limit is reached. */
        public NotSent(String detail, Duration retryAfter) {
            this(detail, retryAfter, false);
        }

        /** Makes the outcome of a call that the coordinator held back because there is no connection. */
        public static NotSent unreachable(String detail, Duration retryAfter) {
            return new NotSent(detail, retryAfter, true);
        }

        @Override
        public int code() {
            return 0;
        }
    }

    /**
     * The participant has seen a higher fence: this coordinator was superseded, and must stop and read the row again.
     * Never recorded.
     */
    record StaleFence(String detail) implements Outcome {
        @Override
        public int code() {
            return 0;
        }
    }
}
