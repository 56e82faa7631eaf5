package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Shop;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The text with the commands that {@code --keep} suggests. */
final class NextSteps {
    private static final String USUAL = "127.0.0.1:7790";

    private NextSteps() {}

    static String text(RigCoordinator coordinator, Shop shop, Map<String, Long> pids, List<Result> results, Path logs) {
        String grpc = coordinator.ready().grpc();
        String cli = grpc.equals(USUAL) || grpc.equals("localhost:7790")
                ? "./entente"
                : "ENTENTE_TARGET=" + grpc + " ./entente";
        return """

            Everything keeps running until Ctrl-C. The names of the participants: %s.
            Kill a process with kill -9: the demo restarts it and reports the outcome of the open transactions:
              %8$s
            The processes' logs: %9$s
            In a browser: http://%7$s/
            With the command line, from another terminal:
              %2$s tx list
            %6$s\
              ./entente tx example saga | %2$s tx submit -f - --wait 10s
              %2$s participant list
            With grpcurl (https://github.com/fullstorydev/grpcurl):
              grpcurl -plaintext -d @ %3$s entente.v1.TransactionService/SubmitTransaction <<'J'
              {"wait":"10s","render_json":true,"plan":{"gid":"order-4711","name":"checkout","deadline":"300s",\
            "saga":{"steps":[
               {"id":"reserve","action":{"grpc":"stock/shop.v1.StockService/Reserve",\
            "json":{"sku":"A-1","quantity":2}},
                               "compensate":{"grpc":"stock/shop.v1.StockService/Release",\
            "json":{"sku":"A-1","quantity":2}}},
               {"id":"pay","action":{"grpc":"payment/shop.v1.PaymentService/Charge",\
            "json":{"account":"alice","cents":"1999"}},
                           "compensate":{"grpc":"payment/shop.v1.PaymentService/Refund","json":{},
                                         "bind":[{"from":"pay","from_path":"payment_id","to_path":"payment_id"}]}},
               {"id":"ship","pivot":true,"no_undo":true,
                "action":{"grpc":"shipping/shop.v1.ShippingService/Create","json":{"order":"4711"}}}]}}}
            J
              grpcurl -plaintext -d '{"gid":"order-4711","view":"FULL"}' %3$s \
            entente.v1.TransactionService/GetTransaction
              grpcurl -plaintext -d '{"filter":{"only_parked":true}}' %3$s \
            entente.v1.TransactionService/ListTransactions
              grpcurl -plaintext -d '{"sku":"A-1","quantity":1}' %4$s shop.v1.StockService/Reserve
              grpcurl -plaintext -H 'entente-gid: order-4711' -H 'entente-branch: pay' -H 'entente-op: compensate' \\
                -d '{"payment_id":"p-77"}' %5$s shop.v1.PaymentService/Refund
              grpcurl -plaintext -d '{"gid":"order-4711","branch":"pay","op":"compensate","undone":true,\
            "reason":"refunded by hand"}' \\
                %3$s entente.v1.OperatorService/ResolveBranch
            (The last call is refused with ENT-045: order-4711 has finished, \
            so no branch waits for an operator.)\
            """.formatted(
                        String.join(", ", shop.targets().keySet()),
                        cli,
                        grpc,
                        shop.target(ShopService.STOCK),
                        shop.target(ShopService.PAYMENT),
                        looks(cli, results),
                        coordinator.ready().http(),
                        pids.entrySet().stream()
                                .map(process -> process.getKey() + " " + process.getValue())
                                .collect(Collectors.joining(", ")),
                        logs);
    }

    /** Returns the commands that show a transaction of a scenario; empty if there is no transaction. */
    static String looks(String cli, List<Result> results) {
        return results.stream()
                .map(Result::gid)
                .filter(gid -> !gid.isEmpty())
                .findFirst()
                .map(gid -> "  %1$s tx describe %2$s\n  %1$s tx replay %2$s\n".formatted(cli, gid))
                .orElse("");
    }
}
