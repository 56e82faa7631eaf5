package dev.entente.server.cli;

import dev.entente.v1.HttpCall;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TopicServiceGrpc.TopicServiceBlockingStub;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente topic}. */
@Command(
        name = "topic",
        description = "Show and change the subscriptions of topics.",
        subcommands = {TopicCommand.Listing.class, TopicCommand.Subscribing.class, TopicCommand.Unsubscribing.class})
final class TopicCommand extends CommandGroup {
    private static TopicServiceBlockingStub topics(ClientCommand command) {
        return TopicServiceGrpc.newBlockingStub(command.channel()).withDeadlineAfter(command.timeout);
    }

    @Command(name = "list", description = "List subscriptions.")
    static final class Listing extends ClientCommand.Paged {
        @Parameters(paramLabel = "TOPIC", arity = "0..1", description = "Only subscriptions of this topic.")
        private String topic = "";

        @Override
        int ask() {
            ListSubscriptionsResponse page = topics(this)
                    .listSubscriptions(ListSubscriptionsRequest.newBuilder()
                            .setTopic(topic)
                            .setPageSize(limit)
                            .setPageToken(pageToken)
                            .build());
            return print(
                    page,
                    page.getNextPageToken(),
                    List.of("TOPIC", "SUBSCRIBER", "DELIVER"),
                    page.getSubscriptionsList().stream()
                            .map(each -> List.of(each.getTopic(), each.getSubscriber(), target(each.getDeliver()))));
        }

        private static String target(Operation deliver) {
            HttpCall http = deliver.getHttp();
            return switch (deliver.getToCase()) {
                case KAFKA ->
                    "kafka " + deliver.getKafka().getConnector() + "/"
                            + deliver.getKafka().getTopic();
                case HTTP ->
                    (http.getMethod().isEmpty() ? "POST" : http.getMethod()) + " " + http.getParticipant()
                            + http.getPath();
                default -> deliver.getGrpc();
            };
        }
    }

    @Command(name = "subscribe", description = "Subscribe: new messages of the topic go to this subscriber, too.")
    static final class Subscribing extends ClientCommand {
        @Parameters(paramLabel = "TOPIC")
        private String topic;

        @Parameters(
                paramLabel = "SUBSCRIBER",
                description = "The name of the subscriber at this topic. An existing subscriber with this name is"
                        + " replaced.")
        private String subscriber;

        @Option(
                names = "--grpc",
                paramLabel = "PARTICIPANT/SERVICE/METHOD",
                description =
                        "The method to call with each message's body, such as stock/shop.v1.StockService/Reserve.")
        private @Nullable String grpc;

        @Option(
                names = "--http",
                paramLabel = "PARTICIPANT/PATH",
                description = "The path for a POST of each message's body, such as crm/hooks/orders.")
        private @Nullable String http;

        @Override
        int ask() {
            Subscription subscription = topics(this)
                    .subscribe(Subscription.newBuilder()
                            .setTopic(topic)
                            .setSubscriber(subscriber)
                            .setDeliver(deliver())
                            .build());
            print(subscription, _ -> subscriber + " receives the messages of " + topic);
            return ExitCode.HELD;
        }

        private Operation.Builder deliver() {
            if (grpc != null && http == null) {
                return Operation.newBuilder().setGrpc(grpc);
            }
            if (http == null || grpc != null) {
                throw wrong("the target is missing or ambiguous; give either --grpc or --http", null);
            }
            int slash = http.indexOf('/');
            HttpCall.Builder call = HttpCall.newBuilder();
            return Operation.newBuilder()
                    .setHttp(
                            slash < 0
                                    ? call.setParticipant(http).setPath("/")
                                    : call.setParticipant(http.substring(0, slash))
                                            .setPath(http.substring(slash)));
        }
    }

    @Command(
            name = "unsubscribe",
            description =
                    "Unsubscribe: no message goes to this subscriber any more. Its open deliveries are dropped. Exit 1"
                            + " if there was no such subscriber.")
    static final class Unsubscribing extends ClientCommand {
        @Parameters(paramLabel = "TOPIC")
        private String topic;

        @Parameters(paramLabel = "SUBSCRIBER")
        private String subscriber;

        @Override
        int ask() {
            UnsubscribeRequest.Builder request = UnsubscribeRequest.newBuilder().setTopic(topic);
            UnsubscribeResponse response =
                    topics(this).unsubscribe(request.setSubscriber(subscriber).build());
            print(
                    response,
                    answer -> answer.getExisted()
                            ? subscriber + " receives no messages of " + topic + " any more; " + answer.getDropped()
                                    + " open messages had an open delivery to this subscriber"
                            : subscriber + " was not subscribed to " + topic);
            return response.getExisted() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }
}
