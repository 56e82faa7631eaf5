package dev.entente.server.api.access;

import dev.entente.server.telemetry.Metrics;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Shows when each token was used last, to the second, while this process runs. A call costs a look-up, and at most one
 * call in a second writes anything. Thread-safe.
 */
final class TokenUse {
    /** Names beyond so many are not shown: each is a label of a metric. */
    static final int MOST_SHOWN = 200;

    private final Metrics metrics;
    private final Map<String, AtomicLong> seconds = new ConcurrentHashMap<>();

    TokenUse(Metrics metrics) {
        this.metrics = metrics;
    }

    /** Shows these tokens from now on and no others. To be called by one thread at a time. */
    void follow(Tokens tokens) {
        seconds.keySet().removeIf(name -> {
            boolean isGone =
                    tokens.all().stream().noneMatch(token -> token.name().equals(name));
            if (isGone) {
                metrics.hideTokenUse(name);
            }
            return isGone;
        });
        for (Tokens.Token token : tokens.all()) {
            if (seconds.size() < MOST_SHOWN && !seconds.containsKey(token.name())) {
                AtomicLong last = new AtomicLong();
                seconds.put(token.name(), last);
                metrics.showTokenUse(token.name(), last::get);
            }
        }
    }

    void used(Tokens.Token token, Instant now) {
        AtomicLong last = seconds.get(token.name());
        if (last != null && last.get() != now.getEpochSecond()) {
            last.set(now.getEpochSecond());
        }
    }
}
