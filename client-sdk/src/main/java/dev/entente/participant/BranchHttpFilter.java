package dev.entente.participant;

import com.sun.net.httpserver.Filter;
import com.sun.net.httpserver.HttpExchange;
import dev.entente.trace.Tracing;
import io.grpc.Context;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The counterpart of {@link BranchInterceptor} for the JDK's HTTP server. The filter reads Entente's headers. It
 * answers with the matching status and body when a handler throws a {@link BranchException}.
 *
 * <pre>{@code server.createContext("/payments", handler).getFilters().add(new BranchHttpFilter());}</pre>
 *
 * <p>Thread-safe.
 */
public final class BranchHttpFilter extends Filter {
    private final Tracing tracing = Tracing.found();

    /** Creates a filter, which can serve any number of contexts. */
    public BranchHttpFilter() {}

    @Override
    public String description() {
        return "reads Entente's headers";
    }

    @Override
    public void doFilter(HttpExchange exchange, Chain chain) throws IOException {
        Context context;
        try {
            context = CallLog.traced(BranchHeaders.context(exchange.getRequestHeaders()::getFirst), tracing);
        } catch (IllegalArgumentException malformed) {
            send(exchange, HttpVerdict.malformed(String.valueOf(malformed.getMessage())));
            return;
        }
        Context before = context.attach();
        CallLog log = CallLog.enter(Branch.current().orElse(null));
        try {
            chain.doFilter(exchange);
        } catch (Error failure) {
            CallLog.end(context, failure.getClass().getName());
            throw failure;
        } catch (IOException | RuntimeException failure) {
            @Nullable HttpVerdict verdict = HttpVerdict.in(failure);
            if (verdict == null || exchange.getResponseCode() != -1) {
                CallLog.end(context, failure.getClass().getName());
                throw failure;
            }
            send(exchange, verdict);
        } finally {
            CallLog.end(context, "");
            log.leave();
            context.detach(before);
        }
    }

    private static void send(HttpExchange exchange, HttpVerdict verdict) throws IOException {
        byte[] body = verdict.bytes().toByteArray();
        verdict.headers().forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(verdict.status(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
