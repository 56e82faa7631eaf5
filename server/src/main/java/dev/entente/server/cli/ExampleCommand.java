package dev.entente.server.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.server.cli.text.ExitCode;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente tx example}: a plan to start from; the demo's participants understand it. */
@Command(
        name = "example",
        description = "Print a plan that the demo's participants understand.",
        mixinStandardHelpOptions = true)
final class ExampleCommand implements Callable<Integer> {
    private static final String SAGA = """
        {
          "gid": "example-saga",
          "name": "checkout",
          "labels": {"customer": "alice"},
          "deadline": "300s",
          "result_branch": "ship",
          "saga": {"steps": [
            {"id": "reserve",
             "action":     {"grpc": "stock/shop.v1.StockService/Reserve", "json": {"sku": "A-1", "quantity": 1}},
             "compensate": {"grpc": "stock/shop.v1.StockService/Release", "json": {"sku": "A-1", "quantity": 1}}},
            {"id": "pay",
             "action":     {"grpc": "payment/shop.v1.PaymentService/Charge", \
        "json": {"account": "alice", "cents": "1999"}},
             "compensate": {"grpc": "payment/shop.v1.PaymentService/Refund", "json": {},
                            "bind": [{"from": "pay", "from_path": "payment_id", "to_path": "payment_id"}]}},
            {"id": "ship", "pivot": true, "no_undo": true,
             "action":     {"grpc": "shipping/shop.v1.ShippingService/Create", "json": {"order": "4711"},
                            "bind": [{"from": "pay", "from_path": "payment_id", "to_path": "payment_id"}]}}
          ]}
        }
        """;

    private static final String TCC = """
        {
          "gid": "example-tcc",
          "name": "transfer",
          "deadline": "60s",
          "tcc": {"branches": [
            {"id": "debit",
             "try":     {"grpc": "account/shop.v1.AccountService/TryFreeze", \
        "json": {"account": "alice", "cents": "500"}},
             "confirm": {"grpc": "account/shop.v1.AccountService/ConfirmFreeze", \
        "json": {"account": "alice", "cents": "500"}},
             "cancel":  {"grpc": "account/shop.v1.AccountService/CancelFreeze", \
        "json": {"account": "alice", "cents": "500"}}},
            {"id": "credit",
             "try":     {"grpc": "account/shop.v1.AccountService/TryFreeze", \
        "json": {"account": "bob", "cents": "-500"}},
             "confirm": {"grpc": "account/shop.v1.AccountService/ConfirmFreeze", \
        "json": {"account": "bob", "cents": "-500"}},
             "cancel":  {"grpc": "account/shop.v1.AccountService/CancelFreeze", \
        "json": {"account": "bob", "cents": "-500"}}}
          ]}
        }
        """;

    private static final String TWO_PHASE = """
        {
          "gid": "example-two-phase",
          "name": "transfer",
          "deadline": "60s",
          "two_phase": {"branches": [
            {"id": "debit",
             "prepare":  {"grpc": "east/shop.v1.BankService/Prepare", "json": {"account": "alice", "cents": "-500"}},
             "commit":   {"grpc": "east/shop.v1.BankService/Commit", "json": {}},
             "rollback": {"grpc": "east/shop.v1.BankService/Rollback", "json": {}}},
            {"id": "credit",
             "prepare":  {"grpc": "west/shop.v1.BankService/Prepare", "json": {"account": "bob", "cents": "500"}},
             "commit":   {"grpc": "west/shop.v1.BankService/Commit", "json": {}},
             "rollback": {"grpc": "west/shop.v1.BankService/Rollback", "json": {}}}
          ]}
        }
        """;

    private static final String MESSAGE = """
        {
          "gid": "example-message",
          "name": "order-created",
          "labels": {"order": "4711"},
          "message": {"deliveries": [
            {"grpc": "stock/shop.v1.StockService/Reserve", "json": {"sku": "A-1", "quantity": 1}},
            {"grpc": "shipping/shop.v1.ShippingService/Create", "json": {"order": "4711"}}
          ]}
        }
        """;

    private static final String HTTP = """
        {
          "gid": "example-http",
          "name": "signup",
          "deadline": "60s",
          "saga": {"steps": [
            {"id": "account",
             "action":     {"http": {"participant": "crm", "path": "/accounts"}, "json": {"customer": "alice"}},
             "compensate": {"http": {"participant": "crm", "method": "DELETE", "path": "/accounts/alice"}}},
            {"id": "mail", "no_undo": true,
             "action":     {"http": {"participant": "crm", "path": "/mails", "headers": {"accept-language": "en"}},
                            "json": {"to": "alice"},
                            "bind": [{"from": "account", "from_path": "/id", "to_path": "/account"}]}}
          ]}
        }
        """;

    private static final String APPROVAL = """
        {
          "gid": "example-approval",
          "name": "big-order",
          "labels": {"customer": "alice"},
          "result_branch": "ship",
          "saga": {"steps": [
            {"id": "reserve",
             "action":     {"grpc": "stock/shop.v1.StockService/Reserve", "json": {"sku": "A-1", "quantity": 1}},
             "compensate": {"grpc": "stock/shop.v1.StockService/Release", "json": {"sku": "A-1", "quantity": 1}}},
            {"id": "manager",
             "approval": {"prompt": "alice orders for 499.00: check with sales", "within": "86400s", \
        "on_expiry": "REJECT"}},
            {"id": "pay",
             "action":     {"grpc": "payment/shop.v1.PaymentService/Charge", \
        "json": {"account": "alice", "cents": "49900"}},
             "compensate": {"grpc": "payment/shop.v1.PaymentService/Refund", "json": {},
                            "bind": [{"from": "pay", "from_path": "payment_id", "to_path": "payment_id"}]}},
            {"id": "ship", "pivot": true, "no_undo": true,
             "action":     {"grpc": "shipping/shop.v1.ShippingService/Create", "json": {"order": "4712"},
                            "bind": [{"from": "pay", "from_path": "payment_id", "to_path": "payment_id"}]}}
          ]}
        }
        """;

    private static final String NOTIFICATION = """
        {
          "gid": "example-notification",
          "name": "order-paid",
          "labels": {"customer": "alice"},
          "notification": {
            "deliver": {"http": {"participant": "crm", "method": "POST", "path": "/hooks/order-paid"},
                        "json": {"order": "4711"},
                        "policy": {"timeout": "10s", "schedule": ["1s", "10s", "60s", "600s"]}}
          }
        }
        """;

    /** The patterns and forms with an example plan. */
    enum Kind {
        saga("saga"),
        approval("approval"),
        tcc("tcc"),
        two_phase("two-phase"),
        message("message"),
        notification("notification"),
        http("http");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "saga|approval|tcc|two-phase|message|notification|http", description = "Which pattern.")
    private Kind kind;

    @Option(
            names = "--gid",
            paramLabel = "GID",
            description = "Another gid, to submit it again as another transaction.")
    private @Nullable String gid;

    @Override
    public Integer call() {
        String text = switch (kind) {
            case saga -> SAGA;
            case approval -> APPROVAL;
            case tcc -> TCC;
            case two_phase -> TWO_PHASE;
            case message -> MESSAGE;
            case notification -> NOTIFICATION;
            case http -> HTTP;
        };
        if (gid == null) {
            spec.commandLine().getOut().print(text);
        } else {
            JsonElement plan = JsonParser.parseString(text);
            ((JsonObject) plan).addProperty("gid", gid);
            spec.commandLine()
                    .getOut()
                    .println(new GsonBuilder().setPrettyPrinting().create().toJson(plan));
        }
        spec.commandLine().getOut().flush();
        return ExitCode.HELD;
    }
}
