package dev.entente.server.participant;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Role;
import dev.entente.server.participant.signing.JoinTokens;
import java.util.function.Consumer;

/**
 * Hands each try the token by which its participant may register children below it. No other call needs one.
 * Thread-safe; nothing blocks.
 */
public final class JoiningParticipants implements Participants {
    private static final String TRY = Pattern.TCC.operationName(Role.FORWARD);

    private final Participants participants;
    private final JoinTokens tokens;

    public JoiningParticipants(Participants participants, JoinTokens tokens) {
        this.participants = participants;
        this.tokens = tokens;
    }

    @Override
    public void call(BranchCall call, Consumer<Outcome> answer) {
        boolean isTry = call.pattern() == Pattern.TCC && call.op().equals(TRY);
        participants.call(isTry ? call.joinedBy(tokens.of(call.gid(), call.branch(), call.fence())) : call, answer);
    }

    @Override
    public int room(String participant) {
        return participants.room(participant);
    }
}
