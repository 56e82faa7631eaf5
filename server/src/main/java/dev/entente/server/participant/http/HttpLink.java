package dev.entente.server.participant.http;

import dev.entente.server.participant.ParticipantConfig.Tls;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Makes HTTP clients that do what they are told and no more: no redirect, no proxy, no cookie, no second try. */
final class HttpLink {
    static {
        // A participant that is called by the address that was checked is still told the name that it was called by.
        if (System.getProperty("jdk.httpclient.allowRestrictedHeaders") == null) {
            System.setProperty("jdk.httpclient.allowRestrictedHeaders", "host");
        }
        // A GET whose connection ends without an answer is sent again otherwise, unseen by whoever counts what was
        // sent. No
        // client has a switch of its own for it, and the limit counts the first try.
        System.setProperty("jdk.httpclient.redirects.retrylimit", "1");
        System.setProperty("jdk.httpclient.disableRetryConnect", "true");
    }

    private HttpLink() {}

    /**
     * A client of its own.
     *
     * @param executor for its work, which may block on name look-ups
     * @param tls null for the platform's trust
     */
    static HttpClient client(Executor executor, @Nullable Tls tls) {
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(HttpClient.Builder.NO_PROXY)
                .executor(Handshakes.passingOn(executor))
                .sslContext(Handshakes.telling(tls == null ? platform() : context(tls)));
        return builder.build();
    }

    private static SSLContext platform() {
        try {
            return SSLContext.getDefault();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this platform has no TLS", e);
        }
    }

    private static SSLContext context(Tls tls) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(tls.own(), tls.authorities(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this platform has no TLS", e);
        }
    }
}
