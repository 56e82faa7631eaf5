package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Metadata;

/**
 * The metadata of a call to a participant, and of its answer. Over HTTP the headers have these names.
 *
 * <p>{@link #GID}, {@link #BRANCH} and {@link #OPERATION} are always sent together; the others are optional.
 */
@Internal
public final class BranchMetadata {
    /** The global transaction's id. */
    public static final Metadata.Key<String> GID = ascii("entente-gid");

    /** The branch's name; {@code parent/child} for a nested branch. */
    public static final Metadata.Key<String> BRANCH = ascii("entente-branch");

    /**
     * The operation of the branch: {@code action}, {@code compensate}, {@code try}, {@code confirm}, {@code cancel} and
     * so on.
     */
    public static final Metadata.Key<String> OPERATION = ascii("entente-op");

    /** The number of this attempt of the operation, counted from 1. */
    public static final Metadata.Key<String> ATTEMPT = ascii("entente-attempt");

    /** Grows when another coordinator takes over the transaction: an integer, counted from {@link #FENCE_BASE}. */
    public static final Metadata.Key<String> FENCE = ascii("entente-fence");

    /**
     * The number from which the fence counts. Absent if the coordinator counts from 0: the fence 0 then means unknown.
     */
    public static final Metadata.Key<String> FENCE_BASE = ascii("entente-fence-base");

    /** The transaction's pattern, such as {@code saga} or {@code tcc}. */
    public static final Metadata.Key<String> PATTERN = ascii("entente-pattern");

    /** When the transaction was accepted: an ISO-8601 instant, or milliseconds since 1970. */
    public static final Metadata.Key<String> CREATED = ascii("entente-created");

    /** The principal that submitted the transaction; absent where no authentication was required. */
    public static final Metadata.Key<String> SUBMITTER = ascii("entente-submitter");

    /** Proves that a coordinator makes this call; sent only if a signing key is configured. */
    public static final Metadata.Key<String> SIGNATURE = ascii("entente-signature");

    /** {@code gid/branch/op}, for participants that already use this header. */
    public static final Metadata.Key<String> IDEMPOTENCY_KEY = ascii("idempotency-key");

    /** Proves to a coordinator that this branch was called: on a try, for {@code RegisterBranchRequest.join_token}. */
    public static final Metadata.Key<String> JOIN = ascii("entente-join");

    /**
     * A trailer of a rejection, {@code true}: the participant has stored this verdict, and the coordinator always
     * believes it.
     */
    public static final Metadata.Key<String> SETTLED = ascii("entente-settled");

    /**
     * A trailer of a successful try: the children that it tried successfully. Without the trailer, all children
     * registered below its branch count as tried. See {@link TriedChildren}.
     */
    public static final Metadata.Key<String> TRIED = ascii("entente-tried");

    private BranchMetadata() {}

    private static Metadata.Key<String> ascii(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
