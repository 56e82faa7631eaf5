package dev.entente.server.api;

import dev.entente.server.store.TransactionFilter;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.TransactionState;
import dev.entente.v1.Transaction;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What clients ask lists for. Pure. */
final class Filters {
    private Filters() {}

    /** @throws Refusal ENT-001 for states and patterns that do not exist */
    static TransactionFilter of(dev.entente.v1.TransactionFilter filter) {
        return new TransactionFilter(
                states(filter.getStatesList()),
                patterns(filter.getPatternsList()),
                filter.getOnlyOpen(),
                filter.getOnlyParked(),
                filter.getOnlyOverdue(),
                filter.getName(),
                filter.getLabelsMap(),
                filter.getParticipant(),
                filter.hasCreatedAfter() ? Translation.instant(filter.getCreatedAfter()) : null,
                filter.hasCreatedBefore() ? Translation.instant(filter.getCreatedBefore()) : null,
                filter.getGidPrefix());
    }

    private static Set<TransactionState> states(List<Transaction.State> wanted) {
        Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
        for (Transaction.State state : wanted) {
            if (state == Transaction.State.STATE_UNSPECIFIED || state == Transaction.State.UNRECOGNIZED) {
                throw malformed("filter.states", "name a state, such as RUNNING");
            }
            states.add(TransactionState.of(state.getNumber()));
        }
        return states;
    }

    /** Patterns that this coordinator does not know match nothing. */
    private static Set<Pattern> patterns(List<dev.entente.v1.Pattern> wanted) {
        Set<Pattern> patterns = new HashSet<>();
        for (dev.entente.v1.Pattern pattern : wanted) {
            switch (pattern) {
                case SAGA -> patterns.add(Pattern.SAGA);
                case TCC -> patterns.add(Pattern.TCC);
                case PATTERN_UNSPECIFIED, TWO_PHASE, MESSAGE, NOTIFICATION, UNRECOGNIZED ->
                    throw malformed("filter.patterns", "name SAGA or TCC");
            }
        }
        return patterns;
    }

    static Refusal malformed(String field, String message) {
        return Refusal.malformed(List.of(new Refusal.Violation(ErrorCode.MALFORMED, field, message)));
    }
}
