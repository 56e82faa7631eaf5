package dev.entente.server.console;

import dev.entente.v1.CallCount;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.Participant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The participants as the asked coordinator sees them. */
public record ParticipantsPage(Part<List<Row>> rows) {
    /**
     * A participant.
     *
     * @param load calls under way, of how many at most
     * @param waiting calls that wait for one of those to end
     * @param outcomes how often its calls ended how, in words
     * @param stuck the link to the transactions that wait for it
     */
    public record Row(
            String name,
            String address,
            Badge circuit,
            String load,
            int waiting,
            boolean isStreaming,
            List<String> outcomes,
            String lastError,
            String stuck) {}

    static ParticipantsPage of(Part<ListParticipantsResponse> listed, Texts texts) {
        return new ParticipantsPage(listed.map(response -> response.getParticipantsList().stream()
                .map(one -> row(one, texts))
                .toList()));
    }

    private static Row row(Participant one, Texts texts) {
        return new Row(
                one.getName(),
                one.getAddress(),
                Badge.ofCircuit(one.getCircuit(), texts),
                one.getInFlight() + " / " + one.getMaxInFlight(),
                one.getWaiting(),
                one.getStreaming(),
                outcomes(one.getCallsList(), texts),
                one.getLastError(),
                Query.NONE
                        .with("only", "open")
                        .with("participant", one.getName())
                        .link("transactions"));
    }

    private static List<String> outcomes(List<CallCount> calls, Texts texts) {
        Map<String, Long> sums = calls.stream()
                .collect(Collectors.groupingBy(
                        CallCount::getOutcome, TreeMap::new, Collectors.summingLong(CallCount::getCount)));
        return sums.entrySet().stream()
                .map(one -> texts.of("calls." + one.getKey(), one.getValue()))
                .toList();
    }
}
