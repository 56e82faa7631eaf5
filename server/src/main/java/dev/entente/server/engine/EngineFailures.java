package dev.entente.server.engine;

import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** The translation of store failures for clients. */
public final class EngineFailures {
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private EngineFailures() {}

    /** Translates a failure for clients. Other runtime exceptions are returned unchanged. */
    static RuntimeException refusal(@Nullable Throwable failure) {
        return switch (cause(failure)) {
            case StoreOverloaded overloaded ->
                Refusal.temporary(
                        ErrorCode.OVERLOADED,
                        overloaded.getMessage() + "; nothing was written, send the request again",
                        SHORTLY);
            case StoreUnavailable unavailable ->
                Refusal.temporary(ErrorCode.DATABASE, unavailable.getMessage() + "; send the same gid again", SHORTLY);
            case UnreadableRow unreadable
            when unreadable.isDamaged() ->
                Refusal.of(ErrorCode.ACT_IMPOSSIBLE, unreadable.getMessage() + "; only force-finish is possible");
            case UnreadableRow newer ->
                Refusal.temporary(
                        ErrorCode.OWNER_UNREACHABLE,
                        newer.getMessage() + "; use a coordinator that supports this format",
                        SHORTLY);
            case RuntimeException known -> known;
            case Throwable other -> new IllegalStateException("unexpected failure", other);
        };
    }

    /** Returns whether nothing was written because the database is unavailable or this incarnation has ended. */
    public static boolean isUnavailable(@Nullable Throwable failure) {
        return cause(failure) instanceof StoreUnavailable;
    }

    public static Throwable cause(@Nullable Throwable failure) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return failure.getCause();
        }
        return failure == null ? new IllegalStateException("neither result nor failure") : failure;
    }
}
