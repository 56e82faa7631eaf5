package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.PageOptions;
import dev.entente.v1.HttpCall;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.Operation;
import dev.entente.v1.Subscription;
import dev.entente.v1.UnsubscribeRequest;
import dev.entente.v1.UnsubscribeResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** {@code entente topic}. */
@Command(
        name = "topic",
        description = "Who receives what is published to which topic.",
        mixinStandardHelpOptions = true,
        subcommands = {TopicCommand.Listing.class, TopicCommand.Subscribing.class, TopicCommand.Unsubscribing.class})
final class TopicCommand extends CommandGroup {
    /** {@code list}. */
    @Command(name = "list", description = "List subscriptions.", mixinStandardHelpOptions = true)
    static final class Listing extends ClientCommand {
        @Parameters(paramLabel = "TOPIC", arity = "0..1", description = "Of this topic only.")
        private String topic = "";

        @Mixin
        private PageOptions paging;

        @Override
        int run() {
            ListSubscriptionsResponse page = topics().listSubscriptions(ListSubscriptionsRequest.newBuilder()
                    .setTopic(topic)
                    .setPageSize(paging.limit())
                    .setPageToken(paging.token())
                    .build());
            if (printsJson()) {
                print(page);
                return ExitCode.HELD;
            }
            List<List<String>> rows = page.getSubscriptionsList().stream()
                    .map(each -> List.of(each.getTopic(), each.getSubscriber(), target(each.getDeliver())))
                    .toList();
            PageOptions.print(out(), List.of("TOPIC", "SUBSCRIBER", "DELIVER"), rows, page.getNextPageToken());
            return ExitCode.HELD;
        }
    }

    private static String target(Operation deliver) {
        if (deliver.hasKafka()) {
            return "kafka " + deliver.getKafka().getConnector() + "/"
                    + deliver.getKafka().getTopic();
        }
        HttpCall http = deliver.getHttp();
        return deliver.hasHttp()
                ? (http.getMethod().isEmpty() ? "POST" : http.getMethod()) + " " + http.getParticipant()
                        + http.getPath()
                : deliver.getGrpc();
    }

    /** {@code subscribe}. */
    @Command(
            name = "subscribe",
            description = "From now on what is published to the topic goes to this subscriber, too.",
            mixinStandardHelpOptions = true)
    static final class Subscribing extends ClientCommand {
        @Parameters(paramLabel = "TOPIC")
        private String topic;

        @Parameters(paramLabel = "SUBSCRIBER", description = "Its name at this topic; the same again replaces it.")
        private String subscriber;

        @Option(
                names = "--grpc",
                paramLabel = "PARTICIPANT/SERVICE/METHOD",
                description = "stock/shop.v1.StockService/Reserve, called with the event's own body.")
        private @Nullable String grpc;

        @Option(
                names = "--http",
                paramLabel = "PARTICIPANT/PATH",
                description = "crm/hooks/orders: POST of the event's own body.")
        private @Nullable String http;

        @Override
        int run() {
            Subscription subscription = topics().subscribe(Subscription.newBuilder()
                    .setTopic(topic)
                    .setSubscriber(subscriber)
                    .setDeliver(deliver())
                    .build());
            if (printsJson()) {
                print(subscription);
            } else {
                out().println(subscriber + " receives what is published to " + topic);
            }
            return ExitCode.HELD;
        }

        private Operation deliver() {
            if (grpc != null && http == null) {
                return Operation.newBuilder().setGrpc(grpc).build();
            }
            if (http == null || grpc != null) {
                throw new ParameterException(commandLine(), "say where to: --grpc or --http, one of them");
            }
            int slash = http.indexOf('/');
            return Operation.newBuilder()
                    .setHttp(HttpCall.newBuilder()
                            .setParticipant(slash < 0 ? http : http.substring(0, slash))
                            .setPath(slash < 0 ? "/" : http.substring(slash)))
                    .build();
        }
    }

    /** {@code unsubscribe}. */
    @Command(
            name = "unsubscribe",
            description =
                    "Nothing goes to this subscriber any more, also what was on its way. Exit 1 if there was none.",
            mixinStandardHelpOptions = true)
    static final class Unsubscribing extends ClientCommand {
        @Parameters(paramLabel = "TOPIC")
        private String topic;

        @Parameters(paramLabel = "SUBSCRIBER")
        private String subscriber;

        @Override
        int run() {
            UnsubscribeResponse response = topics().unsubscribe(UnsubscribeRequest.newBuilder()
                    .setTopic(topic)
                    .setSubscriber(subscriber)
                    .build());
            if (printsJson()) {
                print(response);
            } else if (response.getExisted()) {
                out().println(subscriber + " receives nothing of " + topic + " any more; " + response.getDropped()
                        + " open messages had a delivery on its way to it");
            } else {
                out().println(subscriber + " was not subscribed to " + topic);
            }
            return response.getExisted() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }
}
