import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * The tests of a build, from the XML reports of Surefire and Failsafe in each module's {@code target}.
 *
 * @param unread the unreadable reports, with the reasons
 */
record TestReports(List<Test> tests, List<String> unread) {
    private static final Pattern MODULE = Pattern.compile("<module>(\\w.+)</module>");

    /** The outcome of a test. {@code FLAKY}: the test failed, and passed when it was repeated. */
    enum Verdict {
        PASSED,
        FLAKY,
        FAILED,
        SKIPPED
    }

    /**
     * One test.
     *
     * @param module the folder of the module, relative to the root
     * @param suite the class name with Surefire's suffix, such as the surroundings
     * @param said the first line of the failure, or the reason of the skip; otherwise empty
     * @param log the file with the output of the class, relative to the root
     */
    record Test(
            String module,
            String suite,
            String className,
            String method,
            double seconds,
            Verdict verdict,
            String said,
            String log) {
        String simpleName() {
            return className.substring(className.lastIndexOf('.') + 1);
        }

        boolean isIntegrationTest() {
            return log.contains("failsafe-reports");
        }
    }

    /** Reads all reports below {@code root} that were written at {@code began} or later. */
    static TestReports since(Path root, Instant began) {
        List<Test> tests = new ArrayList<>();
        List<String> unread = new ArrayList<>();
        for (Path report : reports(root)) {
            try {
                if (!Files.getLastModifiedTime(report).toInstant().isBefore(began)) {
                    tests.addAll(read(root, report));
                }
            } catch (IOException | SAXException | ParserConfigurationException unfinished) {
                unread.add(root.relativize(report) + ": " + unfinished.getMessage());
            }
        }
        return new TestReports(tests, unread);
    }

    private static List<Path> reports(Path root) {
        return modules(root)
                .flatMap(module -> Stream.of("surefire-reports", "failsafe-reports")
                        .map(folder -> module.resolve("target").resolve(folder)))
                .filter(Files::isDirectory)
                .flatMap(TestReports::files)
                .filter(file -> file.getFileName().toString().matches("TEST-.*\\.xml"))
                .sorted(Comparator.comparing(Path::toString))
                .toList();
    }

    /** Returns the folders of all modules in the root's {@code pom.xml}. */
    static Stream<Path> modules(Path root) {
        try {
            return MODULE
                    .matcher(Files.readString(root.resolve("pom.xml")))
                    .results()
                    .map(module -> root.resolve(module.group(1)))
                    .toList()
                    .stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Stream<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList().stream();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<Test> read(Path root, Path report)
            throws IOException, SAXException, ParserConfigurationException {
        List<Test> tests = new ArrayList<>();
        Element all = DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(report.toFile())
                .getDocumentElement();
        String name = report.getFileName().toString();
        String suite = name.substring("TEST-".length(), name.length() - ".xml".length());
        String module = root.relativize(report.resolve("../../..").normalize()).toString();
        String log =
                root.relativize(report.resolveSibling(suite + "-output.txt")).toString();
        NodeList cases = all.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element test = (Element) cases.item(i);
            Element failure = first(test, "failure", "error", "rerunFailure", "rerunError");
            Element flake = first(test, "flakyFailure", "flakyError");
            Element skip = first(test, "skipped");
            Verdict verdict = Verdict.PASSED;
            if (first(test, "failure", "error") != null) {
                verdict = Verdict.FAILED;
            } else if (flake != null) {
                verdict = Verdict.FLAKY;
            } else if (skip != null) {
                verdict = Verdict.SKIPPED;
            }
            Element why = flake != null ? flake : failure != null ? failure : skip;
            String className = test.getAttribute("classname").replaceAll("\\(.*", "");
            String seconds = test.getAttribute("time").replace(",", "");
            tests.add(new Test(
                    module,
                    suite,
                    className,
                    test.getAttribute("name"),
                    seconds.isEmpty() ? 0 : Double.parseDouble(seconds),
                    verdict,
                    why == null ? "" : firstLine(why),
                    log));
        }
        return tests;
    }

    private static Element first(Element test, String... names) {
        for (String name : names) {
            if (test.getElementsByTagName(name).getLength() > 0) {
                return (Element) test.getElementsByTagName(name).item(0);
            }
        }
        return null;
    }

    private static String firstLine(Element why) {
        String said = why.getAttribute("message");
        String text = said.isBlank()
                ? why.getTextContent().strip().lines().findFirst().orElse("")
                : said;
        String line = text.strip()
                .replaceAll("\\s+", " ")
                .replace("org.opentest4j.TestAbortedException: Assumption failed: ", "");
        return line.length() > 300 ? line.substring(0, 300) + " …" : line;
    }
}
