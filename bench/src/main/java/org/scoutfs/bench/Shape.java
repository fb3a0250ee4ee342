package org.scoutfs.bench;

/**
 * How much one worker does.
 *
 * @param process number of the worker; part of every name, so that workers share a directory
 * @param threads at least 1
 * @param files of all threads of this worker together
 * @param sizeMib of the large files of all threads of this worker together
 * @param randomOperations 4 KiB operations of all threads of this worker together
 * @param listings how often each thread lists the directory
 */
record Shape(int process, int threads, int files, int sizeMib, int randomOperations, int listings) {
    /** What worker {@code number} of {@code workers} does of this. */
    Shape part(int number, int workers) {
        return new Shape(number, threads, files / workers, sizeMib / workers, randomOperations / workers, listings);
    }

    /** As words of a command line; {@link #parse} reads them. */
    String words() {
        return String.join(
                " ",
                Integer.toString(process),
                Integer.toString(threads),
                Integer.toString(files),
                Integer.toString(sizeMib),
                Integer.toString(randomOperations),
                Integer.toString(listings));
    }

    /** Reads what {@link #words} made. */
    static Shape parse(String text) {
        String[] words = text.split(" ", -1);
        return new Shape(
                Integer.parseInt(words[0]),
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Integer.parseInt(words[3]),
                Integer.parseInt(words[4]),
                Integer.parseInt(words[5]));
    }
}
