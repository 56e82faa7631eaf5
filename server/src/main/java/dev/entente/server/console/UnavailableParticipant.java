package dev.entente.server.console;

import com.google.protobuf.util.Timestamps;
import dev.entente.server.console.part.ApiResult;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.Participant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A participant that does not respond to at least one coordinator.
 *
 * @param participant as the coordinator reports it that has had no response for longest
 * @param counted the open transactions that wait for the participant
 */
record UnavailableParticipant(Participant participant, ApiResult<CountTransactionsResponse> counted) {
    /** The maximum number of participants for which the transactions are counted. */
    private static final int MAX_COUNTED = 8;

    /** The minimum number of transactions that wait for a participant with a closed circuit: fewer may be slow calls. */
    private static final int MIN_AWAITING_CLOSED = 20;

    private static final Comparator<Participant> LONGEST_FIRST = Comparator.comparing(
                    UnavailableParticipant::isCircuitClosed)
            .thenComparing(Participant::getUnansweredSince, Timestamps.comparator());

    /**
     * Merges the reports of all coordinators. Requests all counts before it waits for the first one.
     *
     * @param count requests the number of open transactions that wait for a participant
     */
    static List<UnavailableParticipant> of(
            Collection<Participant> reported, Function<String, Supplier<ApiResult<CountTransactionsResponse>>> count) {
        Map<String, Participant> byName = new LinkedHashMap<>();
        reported.stream().sorted(LONGEST_FIRST).forEach(one -> byName.putIfAbsent(one.getName(), one));
        List<Participant> all = List.copyOf(byName.values());
        List<Supplier<ApiResult<CountTransactionsResponse>>> counts = all.stream()
                .limit(MAX_COUNTED)
                .map(one -> count.apply(one.getName()))
                .toList();
        return IntStream.range(0, all.size())
                .mapToObj(i -> new UnavailableParticipant(
                        all.get(i), i < counts.size() ? counts.get(i).get() : ApiResult.failed("")))
                .filter(one -> !one.isHung() || one.awaiting() >= MIN_AWAITING_CLOSED)
                .sorted(Comparator.comparingLong(UnavailableParticipant::awaiting)
                        .reversed())
                .toList();
    }

    private static boolean isCircuitClosed(Participant one) {
        return one.getCircuit().equals("closed");
    }

    /** Returns whether the participant accepts connections, but does not respond in time. */
    boolean isHung() {
        return isCircuitClosed(participant);
    }

    private long awaiting() {
        CountTransactionsResponse known = counted.value();
        return known == null ? 0 : known.getOpen();
    }
}
