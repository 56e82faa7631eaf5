package dev.entente.server.console;

import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.CallCount;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.Participant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The participants, as the coordinator that responds sees them.
 *
 * @param probed the response of the participant that was just probed; null for none
 */
public record ParticipantsPage(
        ApiResult<ListParticipantsResponse> listed,
        @Nullable ApiResult<Participant> probed,
        Texts texts) {
    public static final int MAX_METHODS = 50;

    /** Returns the number of a participant's calls by outcome, in words. */
    public List<String> outcomes(Participant one) {
        Map<String, Long> sums = one.getCallsList().stream()
                .collect(Collectors.groupingBy(
                        CallCount::getOutcome, TreeMap::new, Collectors.summingLong(CallCount::getCount)));
        return sums.entrySet().stream()
                .map(sum -> texts.of("calls." + sum.getKey(), sum.getValue()))
                .toList();
    }
}
