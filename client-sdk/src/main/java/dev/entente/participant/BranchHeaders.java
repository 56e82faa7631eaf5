package dev.entente.participant;

import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.Metadata;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads Entente's headers of an HTTP request, for servers that support neither {@link BranchHttpFilter} nor {@link
 * BranchServletFilter}.
 *
 * <pre>{@code
 * Answer answer = BranchHeaders.context(request::getHeader).call(() -> handle(request));
 * }</pre>
 */
public final class BranchHeaders {
    private static final List<Metadata.Key<String>> KEYS = List.of(
            BranchMetadata.GID,
            BranchMetadata.BRANCH,
            BranchMetadata.OPERATION,
            BranchMetadata.ATTEMPT,
            BranchMetadata.FENCE,
            BranchMetadata.FENCE_BASE,
            BranchMetadata.PATTERN,
            BranchMetadata.SUBMITTER,
            BranchMetadata.CREATED,
            BranchMetadata.JOIN,
            TraceParent.KEY);

    private BranchHeaders() {}

    /**
     * Reads the branch of a request.
     *
     * @param header returns the value of a header by its name in lower case, or null
     * @return empty for a request without Entente's headers
     * @throws IllegalArgumentException if only some of gid, branch and op are present, or one is malformed: answer 400
     */
    public static Optional<Branch> read(Function<String, @Nullable String> header) {
        return BranchInterceptor.branch(metadata(header));
    }

    private static Metadata metadata(Function<String, @Nullable String> header) {
        Metadata headers = new Metadata();
        for (Metadata.Key<String> key : KEYS) {
            String value = header.apply(key.name());
            if (value != null) {
                headers.put(key, value);
            }
        }
        return headers;
    }

    /**
     * Returns the context in which to handle a request. The context has the branch, its token, the trace, and the mark
     * that a {@link Barrier} requires.
     *
     * @throws IllegalArgumentException as {@link #read}
     */
    public static Context context(Function<String, @Nullable String> header) {
        Metadata headers = metadata(header);
        return BranchInterceptor.context(headers, BranchInterceptor.branch(headers), null);
    }
}
