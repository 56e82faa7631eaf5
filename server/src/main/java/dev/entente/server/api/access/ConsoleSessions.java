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
 * The sessions of the console, shared by all coordinators of a database. A session refers to a token, and has the roles
 * that the token file currently gives to the token. Each method blocks, and throws {@link
 * dev.entente.server.store.StoreUnavailable} if the database does not respond. Thread-safe.
 */
public final class ConsoleSessions {
    /** The text in an audit entry in place of a call's name, and of a reason. */
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
     * Begins a session, and adds an audit entry.
     *
     * @param secret the token that the user entered
     * @param peer the address of the user
     * @return the session's id, which only the cookie contains; null if the secret belongs to no valid token
     */
    public @Nullable String begin(String secret, String peer) {
        Tokens.Token token = tokens.find(secret);
        if (token == null) {
            tokens.whyRefused(Tokens.hash(secret)).report(trail, CONSOLE, origin(peer));
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
     * Returns the current token of a session; null if the session does not exist, or the token is no longer valid.
     *
     * @param id any text from a cookie
     */
    public Tokens.@Nullable Token find(String id) {
        String token = ID.matcher(id).matches() ? table.token(Tokens.hash(id)) : null;
        return token == null ? null : tokens.withHash(token);
    }

    /**
     * Ends a session, and adds an audit entry if the session existed.
     *
     * @param id any text from a cookie
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
