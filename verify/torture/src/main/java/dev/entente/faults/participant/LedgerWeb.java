package dev.entente.faults.participant;

import com.google.gson.JsonObject;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchException;
import dev.entente.participant.BranchHeaders;
import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
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

/** The ledger's calls over HTTP: the same books, the same trouble, with JSON. Thread-safe. */
final class LedgerWeb {
    private static final int BACKLOG = 256;
    private static final int OK = 200;
    private static final int CONFLICT = 409;
    private static final int UNPROCESSABLE = 422;
    private static final int UNAVAILABLE = 503;
    /** Longer than any caller waits. */
    private static final Duration MUTE = Duration.ofSeconds(10);

    private final Desk desk;
    private final Bank bank;
    private final CallLog log;

    private LedgerWeb(Desk desk, Bank bank, CallLog log) {
        this.desk = desk;
        this.bank = bank;
        this.log = log;
    }

    /** The answer to a request. */
    private record Answer(int status, boolean isSettled, String body) {}

    /** Serves {@code /move} on that port of loopback until the process ends. */
    static void serve(int port, Desk desk, Bank bank, CallLog log) throws IOException {
        LedgerWeb web = new LedgerWeb(desk, bank, log);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/move", web::move);
        server.start();
    }

    private void move(HttpExchange exchange) throws IOException {
        try (exchange) {
            Branch branch = branch(exchange.getRequestHeaders());
            MoveRequest request = request(exchange);
            log.append(branch, request, exchange.getRequestHeaders().getFirst("host"));
            Optional<Answer> answer = branch.call(() -> answer(branch, request));
            if (answer.isEmpty()) {
                Thread.sleep(MUTE);
            } else {
                send(exchange, answer.get());
            }
        } catch (IOException broken) {
            throw broken;
        } catch (Exception unexpected) {
            throw new IOException("no answer to " + exchange.getRequestURI(), unexpected);
        }
    }

    private Optional<Answer> answer(Branch branch, MoveRequest request) throws IOException {
        try {
            Optional<MoveResponse> done = desk.carryOut(request, () -> bank.move(request));
            if (done.isEmpty()) {
                return Optional.empty();
            }
            log.append(branch, AnswerName.OK);
            return Optional.of(new Answer(OK, false, JsonFormat.printer().print(done.get())));
        } catch (BranchException no) {
            log.append(branch, AnswerName.of(no));
            return Optional.of(verdict(no));
        } catch (StatusRuntimeException no) {
            log.append(branch, AnswerName.of(no.getStatus()));
            Status status = no.getStatus();
            int code = status.getCode() == Status.Code.FAILED_PRECONDITION ? UNPROCESSABLE : doubtful(status);
            return Optional.of(new Answer(code, false, String.valueOf(status.getDescription())));
        }
    }

    private static Answer verdict(BranchException no) {
        JsonObject entente = new JsonObject();
        entente.addProperty("reason", no.reason());
        entente.addProperty("message", no.getMessage());
        JsonObject body = new JsonObject();
        body.add("entente", entente);
        Metadata trailers = no.asStatus().getTrailers();
        boolean isSettled = trailers != null && trailers.containsKey(BranchMetadata.SETTLED);
        return new Answer(no.reason().equals("IN_PROGRESS") ? UNAVAILABLE : CONFLICT, isSettled, body.toString());
    }

    /** Each leaves open whether the work was done. */
    private static int doubtful(Status status) {
        return switch (status.getCode()) {
            case INTERNAL -> 500;
            case DATA_LOSS -> 502;
            case ABORTED -> 408;
            case RESOURCE_EXHAUSTED -> 429;
            case CANCELLED -> 504;
            default -> UNAVAILABLE;
        };
    }

    private static void send(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("content-type", "application/json");
        if (answer.isSettled()) {
            exchange.getResponseHeaders().set(BranchMetadata.SETTLED.name(), "true");
        }
        exchange.sendResponseHeaders(answer.status(), body.length);
        exchange.getResponseBody().write(body);
    }

    private static MoveRequest request(HttpExchange exchange) throws IOException {
        MoveRequest.Builder request = MoveRequest.newBuilder();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        try {
            JsonFormat.parser().merge(body, request);
        } catch (InvalidProtocolBufferException malformed) {
            throw new IOException("no request: " + body, malformed);
        }
        return request.build();
    }

    private static Branch branch(Headers headers) throws IOException {
        return BranchHeaders.read(headers::getFirst).orElseThrow(() -> new IOException("no call of a branch"));
    }
}
