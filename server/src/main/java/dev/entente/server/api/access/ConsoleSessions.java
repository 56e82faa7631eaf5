package dev.entente.server.api.access;

import dev.entente.server.store.admin.AuditTrail;
import dev.entente.server.store.admin.SessionTable;
import io.grpc.Metadata;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of the console, which all coordinators of a database honour. A session names a token: what it may do is
 * what the token file gives that token now. Each method blocks, and throws {@link
 * dev.entente.server.store.StoreUnavailable} where the database does not answer. Thread-safe.
 */
public final class ConsoleSessions {
    private static final int ID_BYTES = 32;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{43}");

    private final SecureRandom random = new SecureRandom();
    private final TokenFile tokens;
    private final SessionTable table;
    private final AccessAudit audit;

    public ConsoleSessions(TokenFile tokens, SessionTable table, AuditTrail trail) {
        this.tokens = tokens;
        this.table = table;
        this.audit = new AccessAudit(trail);
    }

    /**
     * Begins a session, and tells the audit.
     *
     * @param secret what somebody gave as a token
     * @param peer the address it came from
     * @return the session's id, which only its cookie knows; null where the secret is of no token that is valid now
     */
    public @Nullable String begin(String secret, String peer) {
        Tokens.Token token = tokens.find(secret);
        if (token == null) {
            audit.signInFailed(tokens.doubt(Tokens.hash(secret)), AccessAudit.CONSOLE, peer, new Metadata());
            return null;
        }
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        table.add(Tokens.hash(id), token.hash(), token.expires());
        audit.signed(token.name(), "sign-in", peer);
        return id;
    }

    /**
     * Returns the token of a session as the token file has it now; null where there is no such session, or its token is
     * not valid any more.
     *
     * @param id anything that a cookie may say
     */
    public Tokens.@Nullable Token find(String id) {
        String token = ID.matcher(id).matches() ? table.token(Tokens.hash(id)) : null;
        return token == null ? null : tokens.withHash(token);
    }

    /**
     * Ends a session, and tells the audit where there was one.
     *
     * @param id anything that a cookie may say
     */
    public void end(String id, String peer) {
        Tokens.Token token = find(id);
        boolean wasThere = ID.matcher(id).matches() && table.remove(Tokens.hash(id));
        if (wasThere && token != null) {
            audit.signed(token.name(), "sign-out", peer);
        }
    }
}
