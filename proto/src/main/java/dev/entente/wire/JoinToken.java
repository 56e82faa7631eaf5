package dev.entente.wire;

import dev.entente.Internal;
import io.grpc.Context;

/** The token of the try in progress, with which children of its branch are registered. Immutable. */
@Internal
public final class JoinToken {
    private static final Context.Key<JoinToken> CURRENT = Context.key("entente-join");

    private final String gid;
    private final String text;

    /** @param text the call's {@link BranchMetadata#JOIN} */
    public JoinToken(String gid, String text) {
        this.gid = gid;
        this.text = text;
    }

    /** Returns the given context with this token as its current token. */
    public Context in(Context context) {
        return context.withValue(CURRENT, this);
    }

    /** Returns the token of this context's call; empty if the call has none, or belongs to another transaction. */
    public static String current(String gid) {
        JoinToken token = CURRENT.get();
        return token != null && token.gid.equals(gid) ? token.text : "";
    }
}
