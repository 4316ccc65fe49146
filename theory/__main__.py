from theory.command import main

if __name__ == "__main__":
    main()
