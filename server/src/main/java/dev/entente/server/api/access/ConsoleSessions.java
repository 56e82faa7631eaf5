package dev.entente.server.api.access;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.admin.AuditTrail;
import dev.entente.server.store.admin.SessionTable;
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
    /** In the place of a call's name, and of a reason. */
    static final String CONSOLE = "console";

    private static final int ID_BYTES = 32;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{43}");

    private final SecureRandom random = new SecureRandom();
    private final TokenFile tokens;
    private final SessionTable table;
    private final AuditTrail trail;

    public ConsoleSessions(TokenFile tokens, SessionTable table, AuditTrail trail) {
        this.tokens = tokens;
        this.table = table;
        this.trail = trail;
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
            tokens.doubt(Tokens.hash(secret)).tell(trail, CONSOLE, origin(peer));
            return null;
        }
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        table.add(Tokens.hash(id), token.hash(), token.expires());
        signed(token, "sign-in", peer);
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
            signed(token, "sign-out", peer);
        }
    }

    private void signed(Tokens.Token token, String act, String peer) {
        trail.add(new AuditRecord(token.name(), act, "", CONSOLE, "", "DONE", origin(peer)));
    }

    private static CallOrigin origin(String peer) {
        return new CallOrigin(peer, RequestId.orMadeUp(null));
    }
}
