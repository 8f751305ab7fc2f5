"""Words that names of organisations are made of."""

from __future__ import annotations

from word_lists import words

BRAND_HEADS = words("""Data, Info, Geo, Map, Care, Health, Med, Wise, Credit, Fin, Solar, Civic, Gov, Open, Legal, Farm, Agri, Energy, Bio, Cloud, Trip, Home
Rent, Auto, Loan, Tax, Pay, Market, Social, Code, Smart, Learn, Edu, Job, Work, Hire, Food, Fresh, Cash, Net, Web, Tele, Eco, Enviro, Aqua, Hydro, Pharma
Gene, Neuro, Logi, Stat, Metri, Insight, Clear, Bright, Quick, Simple, True, Next, Deep, Inter, Trans, Omni, Pro, Uni, Zen, Rocket, Panda, Fox, Owl
Spark, Wave, Link, Loop, Pixel, Byte, Grid, Circle, Kite, Maple, Cedar, Lumen, Argo, Vela, Orbi, Nexa, Vita, Verti, Hexa, Octo, Tri, Re, Sun, Wind""")
BRAND_TAILS = words("""ly, ify, ics, iq, wise, graph, logic, nomics, path, point, stats, tech, lytics, mine, myne, graphy, scape, sense, scope, signal, source, spark
stack, works, zoom, tive, ware, soft, base, box, hub, net, labs, metrics, data, bit, cast, chain, desk, dock, drive, fax, fetch, flow, force, gauge, genie, grid
guard, hive, kit, lens, lift, link, list, loop, mart, match, mind, nest, pad, pal, pay, pulse, quest, rank, scout, share, shift, ship, sift, space, span, sync
tap, tide, track, trax, union, verse, vest, view, vision, vault, wave, well, zen, zip, zoid, ity, eo, aro, ero, ora, ium, ix, ex, able, cast, town, sight""")
BRANDS = words("""Kickstarter, Etsy, Shopify, Stripe, Zillow, Trulia, Expedia, Groupon, Yelp, Lyft, Grubhub, Instacart, DoorDash, Peloton, Coursera, Duolingo
Rover, Chewy, Wayfair, Patagonia, Nordstrom, Macy's, Kroger, Safeway, Whole Foods, Trader Joe's, Aldi, Lidl, Walgreens, CVS, Rite Aid, Best Buy, Home Depot
Lowe's, Staples, Petco, Gap, Old Navy, Uniqlo, Primark, Sephora, L'Oréal, Procter & Gamble, Johnson & Johnson, Merck, AbbVie, Amgen, Gilead, Moderna
Biogen, Medtronic, Stryker, Quest Diagnostics, LabCorp, Humana, Cigna, Aetna, Anthem, UnitedHealthcare, Blue Shield, MetLife, Prudential, Allstate, Progressive
Travelers, Liberty Mutual, Nationwide, Farmers Insurance, Chubb, Swiss Re, Munich Re, Generali, Zurich, Wells Fargo, Bank of America, Capital One, Chase
Citigroup, Discover, Charles Schwab, Fidelity, Vanguard, BlackRock, Blackstone, KKR, Carlyle Group, Bain & Company, Boston Consulting Group, Capgemini, Infosys
Wipro, Tata Consultancy Services, Cognizant, Atos, Fujitsu, Hitachi, Toshiba, Sharp, Canon, Nikon, Epson, Brother, Xerox, Lexmark, Lenovo, Acer, Asus, LG
Hyundai, Kia, Mazda, Nissan, Subaru, Suzuki, Fiat, Renault, Peugeot, Skoda, Audi, Porsche, Ferrari, Michelin, Goodyear, Pirelli, Continental, Thyssenkrupp, BASF
Dow Chemical, DuPont, 3M, General Electric, Honeywell, Lockheed Martin, Raytheon, Northrop Grumman, Rolls-Royce, Alstom, Bombardier, Delta Air Lines
United Airlines, American Airlines, Southwest Airlines, JetBlue, British Airways, Air France, KLM, Emirates, Qatar Airways, EasyJet, Marriott, Hilton, Hyatt
AT&T, T-Mobile, Sprint, Verizon Wireless, Deutsche Telekom, Telstra, Rogers, Bell Canada, CNN, BBC, NPR, Fox News, The New York Times, The Guardian
Washington Post, Wall Street Journal, Bloomberg, Reuters, Associated Press, Le Monde, Der Spiegel, El País, Time Magazine, Rolling Stone, Warner Bros, Universal
Paramount, Columbia Records, Motown, Def Jam, EMI, Pixar, DreamWorks, HBO, ESPN, MTV, Nintendo, Sega, Ubisoft, Electronic Arts, Manchester United, Real Madrid
FC Barcelona, Liverpool FC, Bayern Munich, Juventus, the Yankees, the Red Sox, the Lakers, Chicago Bulls, Dallas Cowboys, Green Bay Packers, Boston Celtics
the FDA, the CDC, the CIA, the NSA, the EPA, the SEC, the FCC, the IMF, WHO, UNESCO, OPEC, ASEAN, the EU, the European Union, the European Central Bank
Congress, the Senate, Parliament, the House of Commons, the Supreme Court, the Pentagon, the Kremlin, the Vatican, Scotland Yard, Europol, Médecins Sans Frontières
Save the Children, Habitat for Humanity, Salvation Army, Doctors Without Borders, World Wildlife Fund, Sierra Club, the ACLU, Human Rights Watch, Wikipedia
Heineken, Carlsberg, Guinness, Nestle, Danone, Kellogg's, Mars, Cadbury, Hershey, Ferrero, Subway, Burger King, Wendy's, KFC, Pizza Hut, Domino's, Chipotle""")
COMPANY_FIELDS = words("""Life Sciences, Data Services, Health Data, Consumer Finance, Credit Union, Patent Services, Open Innovation, Mutual Insurance, Mutual Insurance Company
Economic Consulting, Bond Ratings, Business Services, Public Data, Innovation Labs, Drug Discovery, Media Group, Transaction Services, Risk Management, Real Estate
Wealth Management, Asset Management, Life Insurance, Medical Devices, Medical Supply, Auto Parts, Car Rental, Home Loans, Pet Supplies, Pest Control, Law Group
Staffing, Recruiting, Catering, Roofing, Plumbing, Landscaping, Printing, Travel, Tours, Cruises, Fitness, Yoga, Cinemas, Theatre, Orchestra, Opera, Museum
Gallery, Zoo, Library, Church, Cathedral, Fire Department, Police Department, School District, Chamber of Commerce, Historical Society, Food Bank, Press, Herald
Times, Tribune, Gazette, Post, Chronicle, Daily News, Radio, Broadcasting, Television, Records, Football Club, FC, United, Rovers, Tigers, Bears, Eagles, Hawks""")
OF_THINGS = words("""House of, Friends of, Seeds of, Voices of, Sons of, Children of, League of, Union of, Alliance for, Society for, Fund for, Coalition for, Campaign for
Foundation for, Partnership for, Movement for, Network of, Federation of, Academy of, College of, School of, Church of, Order of, Museum of, Bureau of, Board of""")
CAUSES = words("""Peace, Justice, Hope, Music, Science, Nature, Freedom, the Arts, Clean Water, Animal Welfare, Human Rights, Cancer Research, Mental Health, Veterans
Fine Arts, Engineers, Nurses, Teachers, Trade, Democracy, Good Governance, Open Science, the Blind, the Environment, Women, Refugees, Young Writers, Surgeons""")
FAKER_ENDS = words("Inc, Inc, Ltd, LLC, PLC, Group, and Sons, Inc., Ltd., LLC, PLC, Group, Corp, GmbH")
