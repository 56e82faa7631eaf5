package dev.entente.core.transaction;

import java.time.Duration;
import java.util.List;

/**
 * A question that a person answers, in the place of a forward call.
 *
 * @param prompt what is asked, for people
 * @param within how long the answer is awaited from the moment it is asked, above zero
 * @param approvers the principals that may answer; empty for every operator
 */
public record Approval(String prompt, Duration within, Expiry onExpiry, List<String> approvers) {

    /** The decision that applies if nobody answers in time. {@link #code} is stored and sent. */
    public enum Expiry {
        /** No: the transaction turns. */
        REJECT(1),
        /** Yes. */
        APPROVE(2),
        /** Neither: the transaction parks, and may still be answered. */
        PARK(3);

        private final int code;

        Expiry(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        /** @throws IllegalArgumentException for a number that none has */
        public static Expiry of(int code) {
            if (code < 1 || code > values().length) {
                throw new IllegalArgumentException("no expiry of an approval has the code " + code);
            }
            return values()[code - 1];
        }
    }
}
