package dev.entente.outbox;

import dev.entente.client.Retry;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The decision after a failed attempt: another attempt after a wait, or parking. For one thread. */
final class FailedAttempts {
    private static final int MAX_ERROR_CHARS = 1000;
    private static final Duration LONGEST_WAIT_ASKED_FOR = Duration.ofHours(1);

    private final RelaySettings settings;
    private final RandomGenerator random;
    private final MisconfiguredMessages misconfiguredMessages = new MisconfiguredMessages(System::nanoTime);

    FailedAttempts(RelaySettings settings, RandomGenerator random) {
        this.settings = settings;
        this.random = random;
    }

    OutboxRows.Failed failed(Chain.Attempt attempt) {
        Claimed claimed = attempt.claimed();
        String id = claimed.id();
        if (attempt.delivery() instanceof Delivery.Misconfigured wrong) {
            return failed(
                    claimed, wrong.error(), misconfiguredMessages.mayPass(id) ? waitFor(claimed, Duration.ZERO) : null);
        }
        misconfiguredMessages.forget(id);
        if (attempt.delivery() instanceof Delivery.Unanswered unanswered) {
            return failed(claimed, unanswered.error(), waitFor(claimed, unanswered.notBefore()));
        }
        if (attempt.delivery() instanceof Delivery.Refused refused) {
            return failed(claimed, refused.error(), null);
        }
        throw new IllegalArgumentException("the attempt did not fail: " + claimed.message());
    }

    private static OutboxRows.Failed failed(Claimed claimed, String error, @Nullable Duration pause) {
        String clean = error.replace('\0', ' ');
        String cut = clean.length() <= MAX_ERROR_CHARS ? clean : clean.substring(0, MAX_ERROR_CHARS);
        return new OutboxRows.Failed(claimed.message(), cut, pause);
    }

    /** Returns the wait before the next attempt; null to park the message. */
    private @Nullable Duration waitFor(Claimed claimed, Duration notBefore) {
        Retry retry = settings.retry();
        int made = claimed.message().attempts() + 1;
        if (made >= retry.maxAttempts() || claimed.triedFor().compareTo(settings.giveUpAfter()) >= 0) {
            return null;
        }
        Duration wait = retry.waitAfter(made, random);
        Duration asked = notBefore.compareTo(LONGEST_WAIT_ASKED_FOR) < 0 ? notBefore : LONGEST_WAIT_ASKED_FOR;
        return wait.compareTo(asked) > 0 ? wait : asked;
    }
}
