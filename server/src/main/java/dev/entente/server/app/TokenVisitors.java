package dev.entente.server.app;

import dev.entente.server.api.access.Access;
import dev.entente.server.api.access.ConsoleSessions;
import dev.entente.server.api.access.Tokens;
import dev.entente.server.console.Visitor;
import dev.entente.server.console.Visitors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The console's visitors, who sign in with the tokens by which callers of the API are known. */
record TokenVisitors(ConsoleSessions sessions) implements Visitors {
    @Override
    public @Nullable String signIn(String token, String client) {
        return sessions.begin(token, client);
    }

    @Override
    public @Nullable Visitor find(String session) {
        Tokens.Token token = sessions.find(session);
        return token == null
                ? null
                : new Visitor(
                        token.name(),
                        token.roles().stream().map(Access::label).collect(Collectors.toUnmodifiableSet()),
                        token.hash(),
                        false);
    }

    @Override
    public void signOut(String session, String client) {
        sessions.end(session, client);
    }
}
