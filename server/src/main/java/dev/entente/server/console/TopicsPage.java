package dev.entente.server.console;

import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import java.util.List;

/**
 * The subscriptions to topics.
 *
 * @param topic the one that is asked for; empty for all
 * @param next the link to the next page; empty for none
 */
public record TopicsPage(String topic, Part<List<Row>> rows, String next, Lanes lanes) {
    /**
     * A subscription.
     *
     * @param target where to, in words
     */
    public record Row(String topic, String href, String subscriber, String target) {}

    static TopicsPage of(String topic, Part<ListSubscriptionsResponse> listed, Lanes lanes) {
        ListSubscriptionsResponse page = listed.value();
        return new TopicsPage(
                topic,
                listed.map(response -> response.getSubscriptionsList().stream()
                        .map(TopicsPage::row)
                        .toList()),
                page == null ? "" : Query.NONE.with("topic", topic).next("page", page.getNextPageToken(), "topics"),
                lanes);
    }

    private static Row row(Subscription one) {
        return new Row(
                one.getTopic(),
                Query.NONE.with("topic", one.getTopic()).link("topics"),
                one.getSubscriber(),
                target(one.getDeliver()));
    }

    private static String target(Operation operation) {
        return switch (operation.getToCase()) {
            case GRPC -> operation.getGrpc();
            case HTTP -> {
                String method = operation.getHttp().getMethod();
                yield (method.isEmpty() ? "POST" : method) + " "
                        + operation.getHttp().getParticipant()
                        + operation.getHttp().getPath();
            }
            case KAFKA ->
                operation.getKafka().getConnector() + " / "
                        + operation.getKafka().getTopic();
            default -> operation.getToCase().name();
        };
    }
}
