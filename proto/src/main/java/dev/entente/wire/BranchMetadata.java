package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Metadata;

/**
 * The metadata that a call to a participant carries, and what its answer may carry back. Over HTTP the headers have the
 * same names.
 *
 * <p>{@link #GID}, {@link #BRANCH} and {@link #OPERATION} come all or none; the others are optional.
 */
@Internal
public final class BranchMetadata {
    /** The global transaction's id. */
    public static final Metadata.Key<String> GID = ascii("entente-gid");

    /** The branch's name; {@code parent/child} where branches are nested. */
    public static final Metadata.Key<String> BRANCH = ascii("entente-branch");

    /**
     * The operation of the branch: {@code action}, {@code compensate}, {@code try}, {@code confirm}, {@code cancel} and
     * so on.
     */
    public static final Metadata.Key<String> OPERATION = ascii("entente-op");

    /** The number of this attempt of the operation, counted from 1. */
    public static final Metadata.Key<String> ATTEMPT = ascii("entente-attempt");

    /**
     * Grows whenever another coordinator takes the transaction over: a whole number, counted from {@link #FENCE_BASE}.
     */
    public static final Metadata.Key<String> FENCE = ascii("entente-fence");

    /** The fence of whoever accepted the transaction. Absent where coordinators count from 0, which then is unknown. */
    public static final Metadata.Key<String> FENCE_BASE = ascii("entente-fence-base");

    /** The transaction's pattern, such as {@code saga} or {@code tcc}. */
    public static final Metadata.Key<String> PATTERN = ascii("entente-pattern");

    /** When the transaction was accepted: an ISO-8601 instant, or milliseconds since 1970. */
    public static final Metadata.Key<String> CREATED = ascii("entente-created");

    /** The principal that submitted the transaction; absent where nobody had to say who they are. */
    public static final Metadata.Key<String> SUBMITTER = ascii("entente-submitter");

    /** Proves that a coordinator makes this very call; only with a key. */
    public static final Metadata.Key<String> SIGNATURE = ascii("entente-signature");

    /** {@code gid/branch/op}, for participants that know this header from elsewhere. */
    public static final Metadata.Key<String> IDEMPOTENCY_KEY = ascii("idempotency-key");

    /** Proves to a coordinator that this branch was called: of a try, for {@code RegisterBranchRequest.join_token}. */
    public static final Metadata.Key<String> JOIN = ascii("entente-join");

    /**
     * A trailer of a rejection, {@code true}: the participant has stored this verdict, so it holds whatever else was
     * sent.
     */
    public static final Metadata.Key<String> SETTLED = ascii("entente-settled");

    /**
     * A trailer of a try that succeeded: the children that it tried with success. Absent, it vouches for all that were
     * registered below its branch. See {@link TriedChildren}.
     */
    public static final Metadata.Key<String> TRIED = ascii("entente-tried");

    private BranchMetadata() {}

    private static Metadata.Key<String> ascii(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
