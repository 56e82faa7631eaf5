package dev.entente.server.api;

import dev.entente.server.store.admin.Queries;
import dev.entente.v1.ListRatesRequest;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.Rate;
import dev.entente.wire.Times;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The throughput of all coordinators. */
final class RatesView {
    private RatesView() {}

    /** @throws dev.entente.core.transaction.Refusal ENT-001 for an unknown span */
    static CompletableFuture<ListRatesResponse> of(ListRatesRequest request, Queries queries) {
        boolean isOfDay = switch (request.getSpan()) {
            case SPAN_UNSPECIFIED -> false;
            case DAY -> true;
            case UNRECOGNIZED -> throw Filters.malformed("span", "leave it out, or set DAY");
        };
        Duration step = Duration.ofMinutes(isOfDay ? 5 : 1);
        return queries.throughput(Duration.ofHours(isOfDay ? 24 : 1), step).thenApply(found -> {
            ListRatesResponse.Builder response = ListRatesResponse.newBuilder().setStep(Times.proto(step));
            found.forEach((time, counts) -> {
                Rate.Builder rate = response.addRatesBuilder()
                        .setTime(Times.proto(time))
                        .setAccepted(counts.accepted())
                        .setSucceeded(counts.succeeded())
                        .setAborted(counts.aborted())
                        .setGivenUp(counts.givenUp())
                        .setParked(counts.parked());
                Duration most = counts.within95();
                if (most != null) {
                    rate.setWithin95(Times.proto(most));
                }
            });
            return response.build();
        });
    }
}
