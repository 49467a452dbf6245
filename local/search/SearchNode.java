import org.codelibs.opensearch.runner.OpenSearchRunner;

/** The runner's own main keeps to ports below 9300 and moves on silently where one is taken; this one does neither. */
public final class SearchNode {
  private static final int TAKE_THE_PORT_AS_GIVEN = -1;

  public static void main(final String[] settings) throws Exception {
    final OpenSearchRunner runner = new OpenSearchRunner();
    runner.setMaxHttpPort(TAKE_THE_PORT_AS_GIVEN);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        runner.close();
      } catch (final Exception error) {
        error.printStackTrace();
      }
    }));
    runner.build(settings);
    Thread.currentThread().join();
  }
}
