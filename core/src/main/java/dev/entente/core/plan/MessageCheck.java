package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Checks the parts that only messages have: topics, ordering keys, the check-back. */
public final class MessageCheck {
    /** With the prefix "delivery-256." the name must still be a valid branch id. */
    private static final int LONGEST_SUBSCRIBER = 48;

    private static final int LONGEST_KEY = 256;
    /** A hundred years: a longer value is a wrong unit. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(36_500);

    private final Plan plan;
    private final Findings findings;

    MessageCheck(Plan plan, Findings findings) {
        this.plan = plan;
        this.findings = findings;
    }

    /** Checks any message. */
    void check() {
        if (plan.deadline() != null && plan.pattern() == Pattern.MESSAGE) {
            error(
                    ErrorCode.POLICY,
                    "plan.deadline",
                    "a message cannot have a deadline, because a published message cannot be withdrawn; leave the"
                            + " deadline out");
        }
        String key = plan.terms().orderingKey();
        if (key.length() > LONGEST_KEY || key.chars().anyMatch(Character::isISOControl)) {
            error(
                    ErrorCode.NAME,
                    "plan.message.ordering_key",
                    "'%s' is out of bounds: at most %s characters and no control characters"
                            .formatted(Names.shortened(key), LONGEST_KEY));
        }
        for (String topic : plan.terms().topics().values()) {
            if (!Names.isName(topic)) {
                error(
                        ErrorCode.NAME,
                        "plan.message.deliveries",
                        "'%s' is not a valid topic: 1 to 64 of a-z 0-9 . _ -".formatted(Names.shortened(topic)));
            }
        }
        if (Set.copyOf(plan.terms().topics().values()).size()
                < plan.terms().topics().size()) {
            error(
                    ErrorCode.DUPLICATE_BRANCH,
                    "plan.message.deliveries",
                    "a topic is listed twice; list each topic once");
        }
    }

    /** Checks a message that a client begins. */
    void checkBegun() {
        boolean hasDelivery =
                plan.branches().size() > 1 || !plan.terms().topics().isEmpty();
        if (plan.checkBack() < 0 || !hasDelivery) {
            error(
                    ErrorCode.NO_BRANCH,
                    "plan.message",
                    "a message that is begun needs a delivery, and a check_back that returns the outcome of the"
                            + " client's transaction; or submit the message");
        }
        if (plan.startTime() != null) {
            error(
                    ErrorCode.POLICY,
                    "plan.start_time",
                    "a message that is begun starts when it is committed; leave the start time out");
        }
        Duration first = plan.terms().firstCheckAfter();
        if (first != null && (first.isNegative() || first.compareTo(LONGEST_WAIT) > 0)) {
            error(
                    ErrorCode.POLICY,
                    "plan.message.check_back_policy.first_after",
                    first + " is not a valid waiting time; use 0 to 36500 days");
        }
    }

    /** Checks the name of a subscriber, and of its topic. */
    public static List<Finding> checkSubscription(String topic, String subscriber) {
        Findings findings = new Findings();
        if (!Names.isName(topic)) {
            String text = "'%s' is not a valid topic: 1 to 64 of a-z 0-9 . _ -".formatted(Names.shortened(topic));
            findings.add(Finding.error(ErrorCode.NAME, "topic", text));
        }
        if (!Names.isName(subscriber) || subscriber.length() > LONGEST_SUBSCRIBER) {
            String text =
                    "'%s' is not a valid subscriber: 1 to 48 of a-z 0-9 . _ -".formatted(Names.shortened(subscriber));
            findings.add(Finding.error(ErrorCode.NAME, "subscriber", text));
        }
        return findings.list();
    }

    private void error(ErrorCode code, String field, String message) {
        findings.add(Finding.error(code, field, message));
    }
}
