package dev.entente.torture.participant;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchHttpFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import torture.v1.MoveRequest;
import torture.v1.MoveResponse;

/** The ledger's calls over HTTP with JSON, with the work and the faults of the calls over gRPC. Thread-safe. */
final class LedgerWeb {
    private static final int BACKLOG = 256;
    private static final int OK = 200;
    /** Longer than the timeout of any caller. */
    private static final Duration MUTE = Duration.ofSeconds(10);

    private final LedgerCalls ledgerCalls;
    private final Bank bank;
    private final LedgerCallLog log;

    private LedgerWeb(LedgerCalls ledgerCalls, Bank bank, LedgerCallLog log) {
        this.ledgerCalls = ledgerCalls;
        this.bank = bank;
        this.log = log;
    }

    /** Serves {@code /move} on this port of loopback until the process ends. */
    static void serve(int port, LedgerCalls ledgerCalls, Bank bank, LedgerCallLog log) throws IOException {
        LedgerWeb web = new LedgerWeb(ledgerCalls, bank, log);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/move", web::move).getFilters().add(new BranchHttpFilter());
        server.start();
    }

    private void move(HttpExchange exchange) throws IOException {
        MoveRequest request = request(exchange);
        try {
            Optional<MoveResponse> done = log.from(exchange.getRequestHeaders().getFirst("host"))
                    .call(() -> ledgerCalls.answer(request, () -> bank.move(request)));
            if (done.isPresent()) {
                send(exchange, OK, JsonFormat.printer().print(done.get()));
            } else {
                Thread.sleep(MUTE);
                exchange.close();
            }
        } catch (BranchException no) {
            throw no;
        } catch (StatusRuntimeException no) {
            send(exchange, status(no.getStatus()), String.valueOf(no.getStatus().getDescription()));
        } catch (Exception unexpected) {
            throw new IOException("no response to " + exchange.getRequestURI(), unexpected);
        }
    }

    /** Returns the HTTP status. All statuses except 422 leave open whether the work was done. */
    private static int status(Status status) {
        return switch (status.getCode()) {
            case FAILED_PRECONDITION -> 422;
            case INTERNAL -> 500;
            case DATA_LOSS -> 502;
            case ABORTED -> 408;
            case RESOURCE_EXHAUSTED -> 429;
            case CANCELLED -> 504;
            default -> 503;
        };
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", "application/json");
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static MoveRequest request(HttpExchange exchange) throws IOException {
        MoveRequest.Builder request = MoveRequest.newBuilder();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try {
            JsonFormat.parser().merge(body, request);
        } catch (InvalidProtocolBufferException malformed) {
            throw new IOException("not a valid request: " + body, malformed);
        }
        return request.build();
    }
}
