package dev.entente.server.console;

import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Query;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;

/**
 * The subscriptions to topics.
 *
 * @param topic the requested topic; empty for all
 */
public record TopicsPage(String topic, ApiResult<ListSubscriptionsResponse> listed, BlockedQueues queues) {
    /** Returns the link to the next page; empty for none. */
    public String next() {
        ListSubscriptionsResponse page = listed.value();
        return page == null ? "" : Query.NONE.with("topic", topic).next("page", page.getNextPageToken(), "topics");
    }

    /** Returns the target of a subscription, in words. */
    public String target(Subscription one) {
        Operation operation = one.getDeliver();
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
