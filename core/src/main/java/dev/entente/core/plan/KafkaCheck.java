package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Target;
import java.util.regex.Pattern;

/** Checks a record that an operation sends to Kafka. Used once. */
final class KafkaCheck {
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final HeaderCheck HEADERS = new HeaderCheck(
            Pattern.compile("[a-z0-9._-]{1,64}").asMatchPredicate(),
            "[a-z0-9._-]{1,64}",
            "the header identifies the sender, or belongs to the connection");
    /** The brokers keep their own state in topics with this prefix. */
    private static final String INTERNAL = "__";

    private static final int LONGEST_KEY = 256;

    private final PlanPath place;
    private final Findings findings;

    KafkaCheck(PlanPath place, Findings findings) {
        this.place = place;
        this.findings = findings;
    }

    /** @param needsAnswer why a record is invalid here, or empty if it is valid */
    void check(Target.Kafka target, String needsAnswer) {
        if (!needsAnswer.isEmpty()) {
            malformed("", needsAnswer);
        }
        if (target.participant().isEmpty()) {
            malformed(".connector", "the record has no connector; give a configured name");
        }
        String topic = target.topic();
        if (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
            malformed(
                    ".topic",
                    "'%s' is not a valid topic; use letters, digits, dots, hyphens and underscores, at most 249"
                            .formatted(Names.shortened(topic)));
        } else if (topic.startsWith(INTERNAL)) {
            malformed(
                    ".topic",
                    "'%s' is an internal topic of the brokers; use another topic".formatted(Names.shortened(topic)));
        }
        if (target.key().length() > LONGEST_KEY) {
            malformed(
                    ".key",
                    "the key has %s characters, at most %s are allowed"
                            .formatted(target.key().length(), LONGEST_KEY));
        }
        HEADERS.check(target.headers(), message -> malformed(".headers", message));
    }

    private void malformed(String field, String message) {
        findings.add(Finding.error(ErrorCode.MALFORMED, place.field(".kafka" + field), message));
    }
}
