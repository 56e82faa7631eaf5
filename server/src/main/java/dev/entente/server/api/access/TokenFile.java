package dev.entente.server.api.access;

import dev.entente.server.store.AuditLines;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.admin.AuditTrail;
import dev.entente.server.telemetry.MetricName;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens of a file, which is read again after a change. If the file is missing or damaged, the last good tokens
 * stay valid for a limited time. After that time no token is valid until the file is repaired. Thread-safe.
 */
public final class TokenFile {
    private static final Logger log = LoggerFactory.getLogger(TokenFile.class);

    /** The time for which the file may be missing, because a replacement may have two steps. */
    static final Duration MISSING_FOR = Duration.ofSeconds(5);

    /** The time for which the last good tokens stay valid while the file is damaged. */
    private static final Duration STALE_FOR = Duration.ofSeconds(60);

    /** The limit of names shown with their last use, because each name is a label of a metric. */
    static final int MAX_SHOWN = 200;

    /** The state of the file at the last check. */
    private enum FileState {
        NONE,
        MISSING,
        DAMAGED
    }

    /**
     * The clocks of a token file.
     *
     * @param now the time for the expiry of tokens
     * @param nanos measures how long the file has been missing or damaged
     */
    public record Times(Supplier<Instant> now, LongSupplier nanos) {}

    private final Path file;
    private final Times times;
    private final Metrics metrics;
    /** The last use of each token by name, in seconds since 1970; calls write the value at most once a second. */
    private final Map<String, AtomicLong> lastUses = new ConcurrentHashMap<>();

    private volatile Tokens tokens;
    private volatile Consumer<String> reported = _ -> {};
    private volatile FileState trouble = FileState.NONE;
    private long troubledSinceNanos;
    private volatile boolean isWithout;

    private TokenFile(Path file, Times times, Metrics metrics, Tokens tokens) {
        this.file = file;
        this.times = times;
        this.metrics = metrics;
        this.tokens = tokens;
        showUses(tokens);
        metrics.show(MetricName.TOKENS, () -> this.tokens.all().size());
        metrics.show(MetricName.TOKEN_FILE, () -> isWithout ? 2 : trouble == FileState.NONE ? 0 : 1);
    }

    /**
     * Reads the file for the first time. Blocks.
     *
     * @param metrics counts defects of later reads, and shows the state of the file
     * @throws IllegalArgumentException for a line that is no token, or for a duplicate token
     */
    public static TokenFile open(Path file, Times times, Metrics metrics) throws IOException {
        return new TokenFile(file, times, metrics, Tokens.read(file));
    }

    /** Reads the file again. Called about once a second, on one thread that may block; does not throw. */
    public void refresh() {
        try {
            Tokens fresh = Tokens.read(file);
            if (trouble != FileState.NONE || !fresh.all().equals(tokens.all())) {
                take(fresh);
            }
        } catch (NoSuchFileException missing) {
            troubled(FileState.MISSING, missing);
        } catch (IOException | IllegalArgumentException damaged) {
            troubled(FileState.DAMAGED, damaged);
        } catch (RuntimeException | Error defect) {
            // A task that throws does not run again, and then revocations would have no effect.
            metrics.caught("tokens");
            log.error("unexpected error while reading the token file", defect);
            troubled(FileState.DAMAGED, defect);
        }
    }

    /** Sets the listener for a text about added and removed principals. The listener must not block. */
    public void whenChanged(Consumer<String> listener) {
        reported = listener;
    }

    private void follow(Tokens fresh) {
        String change = tokens.changesTo(fresh);
        tokens = fresh;
        showUses(fresh);
        if (!change.isEmpty()) {
            reported.accept(change);
        }
    }

    /** Shows the last use of these tokens only, up to {@link #MAX_SHOWN} names. */
    private void showUses(Tokens fresh) {
        Set<String> names =
                fresh.all().stream().map(Tokens.Token::name).collect(Collectors.toCollection(LinkedHashSet::new));
        lastUses.keySet().stream()
                .filter(name -> !names.contains(name))
                .forEach(name -> metrics.hide(MetricName.TOKEN_USED, name));
        lastUses.keySet().retainAll(names);
        for (String name : names) {
            if (lastUses.size() < MAX_SHOWN && !lastUses.containsKey(name)) {
                AtomicLong last = new AtomicLong();
                lastUses.put(name, last);
                metrics.show(MetricName.TOKEN_USED, last::get, name);
            }
        }
    }

    private void take(Tokens fresh) {
        follow(fresh);
        trouble = FileState.NONE;
        isWithout = false;
        log.info("read {} tokens from {}", fresh.all().size(), file);
    }

    /** Warns about each change of the state, not each second. */
    private void troubled(FileState met, Throwable why) {
        long now = times.nanos().getAsLong();
        if (trouble == FileState.NONE) {
            troubledSinceNanos = now;
        }
        Duration grace = met == FileState.MISSING ? MISSING_FOR : STALE_FOR;
        boolean isOver = now - troubledSinceNanos >= grace.toNanos();
        if (isOver && !isWithout) {
            isWithout = true;
            follow(Tokens.none());
            log.warn(
                    "no token is valid: the token file has been {} for {} s: {}",
                    label(met),
                    since(now),
                    why.toString());
        } else if (trouble != met && !isWithout) {
            log.warn(
                    "the token file is {}; the tokens read before stay valid for {} s: {}",
                    label(met),
                    grace.toSeconds() - since(now),
                    why.toString());
        }
        trouble = met;
    }

    private long since(long now) {
        return Duration.ofNanos(now - troubledSinceNanos).toSeconds();
    }

    private static String label(FileState trouble) {
        return trouble == FileState.MISSING ? "missing" : "damaged";
    }

    /** Returns the valid token with this secret, or null. */
    Tokens.@Nullable Token find(String secret) {
        return withHash(Tokens.hash(secret));
    }

    /** Returns the valid token with this hash of its secret, or null. */
    Tokens.@Nullable Token withHash(String hash) {
        Tokens.Token token = tokens.withHash(hash);
        Instant now = times.now().get();
        if (token == null || !token.isValid(now)) {
            return null;
        }
        AtomicLong last = lastUses.get(token.name());
        if (last != null && last.get() != now.getEpochSecond()) {
            last.set(now.getEpochSecond());
        }
        return token;
    }

    /**
     * The reason why a secret is refused.
     *
     * @param principal the token's name, or empty for an unknown token
     */
    record RefusalReason(String principal, String why) {
        /**
         * Adds an audit entry. For an unknown token only the log contains an entry, because rows name a principal, and
         * unauthenticated callers must not fill a table.
         *
         * @param what the call's short name, or {@link ConsoleSessions#CONSOLE}
         */
        void report(AuditTrail trail, String what, CallOrigin origin) {
            if (principal.isEmpty()) {
                AuditLines.reported(new AuditRecord("unknown", "sign-in", "", why, what, "REFUSED", origin));
            } else {
                trail.add(new AuditRecord(principal, "sign-in", "", why, what, "REFUSED", origin));
            }
        }
    }

    /** Returns the reason why the secret with this hash is refused, for the audit only. */
    RefusalReason whyRefused(String hash) {
        Tokens.Token token = tokens.withHash(hash);
        Instant now = times.now().get();
        if (token == null) {
            return new RefusalReason("", isWithout ? "the token file is missing or damaged" : "the token is unknown");
        }
        Instant notBefore = token.notBefore();
        return new RefusalReason(
                token.name(),
                notBefore != null && now.isBefore(notBefore) ? "the token is not valid yet" : "the token has expired");
    }

    /** Returns whether no token is valid because the file has been missing or damaged too long. */
    boolean isWithout() {
        return isWithout;
    }
}
