"""Lists of our own: places, kinds of organisations, and the ordinary words beside names that are no names."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Items of a list written with commas."""
    return [item.strip() for item in text.replace("\n", ",").split(",") if item.strip()]


CITIES = words("""London, Paris, Berlin, Madrid, Rome, Vienna, Prague, Warsaw, Lisbon, Dublin, Athens, Oslo, Stockholm, Helsinki, Copenhagen
Amsterdam, Brussels, Zurich, Geneva, Munich, Hamburg, Cologne, Frankfurt, Milan, Naples, Turin, Florence, Venice, Barcelona, Valencia, Seville
Moscow, Kyiv, Istanbul, Ankara, Cairo, Lagos, Nairobi, Accra, Johannesburg, Cape Town, Casablanca, Tunis, Dubai, Abu Dhabi, Doha, Riyadh, Tehran
Baghdad, Beirut, Jerusalem, Tel Aviv, Mumbai, Delhi, New Delhi, Bangalore, Chennai, Kolkata, Hyderabad, Karachi, Lahore, Dhaka, Kathmandu, Colombo
Bangkok, Hanoi, Ho Chi Minh City, Jakarta, Manila, Singapore, Kuala Lumpur, Beijing, Shanghai, Shenzhen, Hong Kong, Taipei, Seoul, Busan, Tokyo
Osaka, Kyoto, Sydney, Melbourne, Brisbane, Perth, Auckland, Wellington, New York, Los Angeles, Chicago, Houston, Phoenix, Philadelphia, San Antonio
San Diego, Dallas, Austin, San Jose, Jacksonville, Columbus, Charlotte, Indianapolis, San Francisco, Seattle, Denver, Boston, Nashville, Detroit
Portland, Memphis, Las Vegas, Baltimore, Milwaukee, Albuquerque, Tucson, Fresno, Sacramento, Kansas City, Atlanta, Omaha, Miami, Oakland, Tulsa
Minneapolis, Cleveland, Wichita, New Orleans, Tampa, Honolulu, St. Louis, St. Paul, Cincinnati, Pittsburgh, Anchorage, Toledo, Buffalo, Toronto
Montreal, Vancouver, Calgary, Ottawa, Edmonton, Winnipeg, Halifax, Mexico City, Guadalajara, Monterrey, Bogotá, Lima, Quito, Santiago, Buenos Aires
Rosario, Montevideo, São Paulo, Rio de Janeiro, Brasília, Salvador, Caracas, Havana, Kingston, Manchester, Birmingham, Leeds, Glasgow, Edinburgh
Liverpool, Bristol, Sheffield, Cardiff, Belfast, Newcastle upon Tyne, Nottingham, Leicester, Oxford, Cambridge, Brighton, York, Bath, Galway, Cork
Springfield, Franklin, Greenville, Clinton, Madison, Georgetown, Arlington, Salem, Fairview, Ashland, Burlington, Dover, Hudson, Kingston, Milton
Newport, Riverside, Lexington, Bloomington, Aurora, Santa Fe, El Paso, Baton Rouge, Des Moines, Little Rock, Salt Lake City, Grand Rapids
Fort Wayne, Fort Worth, Long Beach, Cedar Rapids, Eau Claire, Walla Walla, Chapel Hill, Green Bay, Palo Alto, Mountain View, Menlo Park""")
CITIES_ES = words("""Madrid, Barcelona, Valencia, Sevilla, Zaragoza, Málaga, Murcia, Palma, Las Palmas, Bilbao, Alicante, Córdoba, Valladolid, Vigo, Gijón
Hospitalet de Llobregat, Vitoria, La Coruña, Granada, Elche, Oviedo, Badalona, Cartagena, Terrassa, Jerez de la Frontera, Sabadell, Móstoles
Alcalá de Henares, Pamplona, Fuenlabrada, Almería, Leganés, San Sebastián, Getafe, Burgos, Albacete, Santander, Castellón de la Plana, Alcorcón
La Laguna, Logroño, Badajoz, Salamanca, Huelva, Lleida, Marbella, Tarragona, León, Cádiz, Jaén, Ourense, Mataró, Dos Hermanas, Algeciras, Girona
Torrejón de Ardoz, Santiago de Compostela, Cáceres, Lorca, Talavera de la Reina, Pontevedra, Toledo, Ávila, Segovia, Soria, Teruel, Cuenca, Huesca
Ciudad de México, Guadalajara, Monterrey, Puebla, Tijuana, Mérida, Querétaro, Oaxaca, Veracruz, Buenos Aires, Rosario, Mendoza, La Plata, Tucumán
Mar del Plata, Santiago, Valparaíso, Concepción, Antofagasta, Temuco, Bogotá, Medellín, Cali, Barranquilla, Cartagena de Indias, Bucaramanga
Lima, Arequipa, Trujillo, Cusco, Quito, Guayaquil, Caracas, Maracaibo, La Paz, Santa Cruz de la Sierra, Asunción, Montevideo, San José, Managua
Tegucigalpa, San Salvador, Panamá, La Habana, Santo Domingo, San Juan""")
REGIONS_ES = words("""Andalucía, Aragón, Asturias, Cantabria, Castilla y León, Castilla-La Mancha, Cataluña, Comunidad Valenciana, Extremadura, Galicia
La Rioja, Navarra, País Vasco, Jalisco, Nuevo León, Antioquia, Cundinamarca, Chiapas, Sonora, Sinaloa, Chihuahua""")
STATES = words("""Alabama, Alaska, Arizona, Arkansas, California, Colorado, Connecticut, Delaware, Florida, Georgia, Hawaii, Idaho, Illinois, Indiana
Iowa, Kansas, Kentucky, Louisiana, Maine, Maryland, Massachusetts, Michigan, Minnesota, Mississippi, Missouri, Montana, Nebraska, Nevada
New Hampshire, New Jersey, New Mexico, New York, North Carolina, North Dakota, Ohio, Oklahoma, Oregon, Pennsylvania, Rhode Island, South Carolina
South Dakota, Tennessee, Texas, Utah, Vermont, Virginia, Washington, West Virginia, Wisconsin, Wyoming, Ontario, Quebec, British Columbia, Bavaria
Queensland, Victoria, Tuscany, Normandy, Punjab, Kerala, Gujarat, Yorkshire, Kent, Essex, Cornwall, Surrey, Catalonia, Andalusia, Galicia""")
STATE_CODES = words("""AL, AK, AZ, AR, CA, CO, CT, DE, FL, GA, HI, ID, IL, IN, IA, KS, KY, LA, ME, MD, MA, MI, MN, MS, MO, MT, NE, NV, NH, NJ, NM
NY, NC, ND, OH, OK, OR, PA, RI, SC, SD, TN, TX, UT, VT, VA, WA, WV, WI, WY, DC, ON, QC, BC""")
STREET_WORDS = words("""Maple, Oak, Pine, Cedar, Elm, Main, High, Park, Church, Washington, Lake, Hill, Walnut, Spring, North, Ridge, Market, Union, Mill
River, Willow, Lincoln, Meadow, Broad, Chestnut, Jefferson, Center, Sunset, Franklin, Victoria, King, Queen, Station, Green, Grove, Bridge, Forest
1st, 2nd, 3rd, 4th, 5th, 7th, 12th, 23rd, 42nd, West Main, South Park, Old Mill, Glen, Highland, Cherry, Dogwood, Orchard, Harbor, College""")
STREET_ENDS = words("""Street, Street, Street, St, St., Road, Road, Rd, Rd., Avenue, Avenue, Ave, Ave., Lane, Ln, Drive, Drive, Dr, Dr., Court, Ct
Boulevard, Blvd, Place, Pl, Way, Terrace, Circle, Crescent, Close, Parkway, Square, Trail, Highway, Row, Gardens, Mews, Loop, Plaza""")
STREET_STARTS = words("""Calle, Avenida, Rua, Via, Rue, Rue de la, Rue du, Avenue de, Viale, Piazza, Plaza, Corso, ul., Ulica, Boulevard, Travessa
Passeig, Strada, Jalan, Avinguda, Chemin, Place, Largo, Alameda, Paseo""")
STREET_GLUED = words("""straße, strasse, gasse, weg, platz, straat, laan, plein, gade, vej, gata, vägen, gatan, katu, tie, vegen, allee, ring, kade, dreef
utca, kuja, torget, stien, damm, allé""")
STREETS_ES = words("""Calle, Calle, C/, C/, Avenida, Avda., Av., Plaza, Pza., Paseo, P.º, Ronda, Camino, Carretera, Travesía, Glorieta, Rambla, Urbanización
Calle de, Calle del, Avenida de, Plaza de, Paseo de la, Calle de la, Calzada, Boulevard, Carrera, Pasaje, Jirón, Autopista, Barrio, Cuesta""")
STREET_NAMES_ES = words("""Mayor, Real, Alcalá, Gran Vía, San Juan, San José, Santa Ana, Goya, Velázquez, Serrano, Libertad, Constitución, Independencia
Sol, Luna, Mar, Rosales, Almendros, Olivos, Colón, Cervantes, Quevedo, Ramón y Cajal, Doctor Fleming, Doctor Marañón, Miguel Hernández, Juan Carlos I
Reina Sofía, los Ángeles, las Flores, la Paz, la Estación, la Iglesia, del Carmen, del Pilar, de Aragón, de Castilla, de la Constitución, Insurgentes
Reforma, Bolívar, San Martín, Belgrano, Corrientes, 9 de Julio, 2 de Mayo, 5 de Febrero, Juárez, Hidalgo, Morelos, del Prado, Arenal, Fuente""")
COMPANY_ENDS = words("""Inc, Inc., Inc., LLC, LLC, Ltd, Ltd., Ltd., Corp, Corp., Corporation, Company, Co., & Co., Group, Holdings, Partners, PLC, GmbH, AG, SE
S.A., S.A.S., S.p.A., S.r.l., B.V., N.V., AB, Oy, A/S, AS, Pty Ltd, Pvt Ltd, LLP, KG, GmbH & Co. KG, and Sons, & Sons, Brothers, Bros., Associates""")
COMPANY_ENDS_ES = words("""S.A., S.L., S.A., S.L.U., S.A. de C.V., S. de R.L., Ltda., e Hijos, y Asociados, Hermanos, y Cía., S. Coop., S.A.S.""")
COMPANY_WORDS = words("""Solutions, Systems, Technologies, Technology, Labs, Analytics, Networks, Energy, Logistics, Consulting, Capital, Industries, Foods
Health, Healthcare, Pharma, Pharmaceuticals, Motors, Airlines, Insurance, Bank, Financial, Media, Studios, Software, Robotics, Engineering, Services
Construction, Foundation, Trust, Institute, Data, Digital, Power, Electric, Steel, Mining, Freight, Movers, Realty, Properties, Advisors, Ventures
Research, Security, Telecom, Mobile, Retail, Stores, Farms, Bakery, Brewing, Publishing, Press, Records, Films, Diagnostics, Dental, Dynamics""")
COMPANY_HEADS = words("""Blue, Green, Red, Silver, Golden, Bright, Open, First, National, United, Global, American, Pacific, Atlantic, Northern, Southern
Eastern, Western, Summit, Pioneer, Liberty, Heritage, Evergreen, Sunrise, Alpine, Apex, Quantum, Solar, Earth, Ocean, River, Mountain, Urban, Metro
Rapid, Smart, Clear, Civic, Public, Allied, Advanced, Precision, Premier, Prime, Royal, Crown, Eagle, Falcon, Phoenix, Titan, Atlas, Delta, Omega, Nova""")
COMPANIES = words("""Siemens, Toyota, Nestlé, Unilever, Pfizer, Novartis, Bayer, Roche, Sanofi, Boeing, Airbus, Lufthansa, Ryanair, Walmart, Costco, Target
Tesco, Carrefour, Ikea, Nike, Adidas, Zara, Starbucks, McDonald's, Coca-Cola, PepsiCo, Deloitte, KPMG, PwC, Ernst & Young, McKinsey, Accenture
Goldman Sachs, Morgan Stanley, JPMorgan Chase, Citibank, HSBC, Barclays, Santander, BBVA, Deutsche Bank, UBS, Allianz, AXA, Zurich Insurance
State Farm, Geico, Verizon, Vodafone, Telefónica, Orange, Comcast, Disney, Netflix, Spotify, Uber, Airbnb, Tesla, Ford, General Motors, Volkswagen
BMW, Volvo, Honda, Samsung, Sony, Panasonic, Huawei, Philips, Bosch, Caterpillar, John Deere, ExxonMobil, Shell, BP, Chevron, Repsol, Iberdrola, Endesa
FedEx, UPS, DHL, Maersk, American Express, Visa, Mastercard, PayPal, Experian, Equifax, NATO, UNICEF, Red Cross, Greenpeace, Amnesty International
the United Nations, the World Bank, the World Health Organization, the FBI, NASA, the European Commission, Interpol, Oxfam, the IRS, Medicare, Blue Cross
Kaiser Permanente, Mayo Clinic, Cleveland Clinic, Johns Hopkins, the NHS, Harvard University, Stanford University, MIT, Yale, Oxford University
Médicos Sin Fronteras, Cruz Roja, Mercadona, El Corte Inglés, Renfe, Iberia, Pemex, Bimbo, Cemex, Avianca, LATAM, Bancolombia, CaixaBank, Mapfre, Sanitas""")
AGENCY_KINDS = words("""Department of, Ministry of, Office of, Bureau of, Institute of, Committee on, Council for, Agency for, Center for, Association of""")
AGENCY_FIELDS = words("""Health, Agriculture, Education, Labor, Transportation, Energy, Justice, Finance, Defense, Foreign Affairs, Public Works, Justice
Better Technology, Motor Vehicles, Social Security, Human Services, Veterans Affairs, Environmental Protection, Statistics, Housing, Food Safety""")
HOSPITALS = words("""{city} General Hospital, {city} Medical Center, St. {saint} Hospital, Saint {saint} Medical Center, {city} Regional Hospital
{last} Clinic, {last} Memorial Hospital, {city} Children's Hospital, {city} University Hospital, {last} Family Practice, {city} Dental Care
Royal {city} Infirmary, {city} Community Health Center, Our Lady of {saint} Hospital, {last} and {last} Pediatrics, {city} Eye Institute
{city} Cancer Center, Mount {saint} Hospital, {head} Medical Group, {head} Imaging, {city} Urgent Care""")
SCHOOLS = words("""University of {city}, {city} University, {city} State University, {city} High School, {last} College, {last} Elementary School
St. {saint} School, {city} Institute of Technology, {last} Academy, {city} Community College, {city} Public Schools, {last} University""")
HOSPITALS_ES = words("""Hospital {saint_es}, Hospital General de {city_es}, Hospital Universitario de {city_es}, Hospital Universitario {saint_es}
Hospital Clínico Universitario de {city_es}, Hospital Clínico San Carlos, Complejo Hospitalario de {city_es}, Clínica {saint_es}, Clínica {last_es}
Hospital Dr. {first_es} {last_es}, Fundación Jiménez Díaz, Hospital Infantil {saint_es}, Centro de Salud {saint_es}, Centro Médico {last_es}
Hospital Comarcal de {city_es}, Hospital Regional de {city_es}, Hospital {first_es} {last_es}, Hospital Central de {city_es}, Sanatorio {saint_es}
Hospital Materno Infantil de {city_es}, Consorcio Hospitalario de {city_es}, Corporació Sanitària {last_es}, Hospital Provincial de {city_es}""")
SCHOOLS_ES = words("""Universidad de {city_es}, Universidad Autónoma de {city_es}, Universidad Complutense de {city_es}, Instituto {last_es}
Colegio {saint_es}, Facultad de Medicina de {city_es}, Escuela {saint_es}, Universidad Politécnica de {city_es}, Universidad Nacional de {city_es}""")
SAINTS = words("Mary, Mary's, Joseph, John, Luke, Luke's, Anne, Anthony, Elizabeth, Francis, Michael, Vincent, Thomas, Jude, Mercy, Hope, Sinai, Peter")
SAINTS_ES = words("""San Juan, San José, Santa María, La Paz, La Fe, Virgen del Rocío, Virgen de la Macarena, San Pedro, Santa Lucía, 12 de Octubre
Puerta de Hierro, Reina Sofía, La Princesa, Ramón y Cajal, Nuestra Señora del Pilar, San Rafael, Santa Ana, Miguel Servet, Virgen de las Nieves
Sagrado Corazón, Cristo Rey, San Vicente, Costa del Sol, Torrecárdenas, Gregorio Marañón, Vall d'Hebron, Bellvitge, Cruces, Basurto, Marqués de Valdecilla""")
TITLES = words("Mr., Mr., Mrs., Ms., Miss, Dr., Dr., Prof., Mr, Mrs, Ms, Dr, Sir, Judge, Captain, Professor, Doctor, Nurse, Rev., Sgt., Officer")
TITLES_ES = words("Sr., Sra., Dr., Dra., D., Dña., Don, Doña, el doctor, la doctora, Prof., Lic., Ing., Srta., señor, señora, Dr, Dra")
POLISH = words("""Nowak, Kowalski, Kowalska, Wiśniewski, Wójcik, Kowalczyk, Kamińska, Lewandowski, Zieliński, Szymańska, Woźniak, Dąbrowski, Kozłowska
Jankowski, Mazur, Kwiatkowska, Krawczyk, Kaczmarek, Piotrowska, Grabowski, Zając, Pawłowski, Michalska, Król, Wieczorek, Jabłoński, Wróbel, Stępień""")
VIETNAMESE = words("""Nguyen, Tran, Le, Pham, Hoang, Phan, Vu, Dang, Bui, Do, Ho, Ngo, Duong, Ly, Nguyễn, Trần, Lê, Phạm, Huỳnh, Vũ, Đặng""")
VIETNAMESE_GIVEN = words("""Anh, Minh, Linh, Huong, Lan, Thanh, Tuan, Hung, Dung, Phuong, Quang, Duc, Mai, Thao, Van Anh, Ngoc, Hai, Long, Thi Hoa, Bao, Khanh""")
JAPANESE = words("""Sato, Suzuki, Takahashi, Tanaka, Watanabe, Ito, Yamamoto, Nakamura, Kobayashi, Kato, Yoshida, Yamada, Sasaki, Yamaguchi, Matsumoto
Inoue, Kimura, Hayashi, Shimizu, Yamazaki, Mori, Abe, Ikeda, Hashimoto, Yamashita, Ishikawa, Nakajima, Maeda, Fujita, Ogawa, Goto, Okada, Hasegawa
Murakami, Kondo, Ishii, Saito, Sakamoto, Endo, Aoki, Fujii, Nishimura, Fukuda, Ota, Miura, Fujiwara, Okamoto, Matsuda, Nakagawa, Nakano, Harada, Ono
Tamura, Takeuchi, Kaneko, Wada, Nakayama, Ishida, Ueda, Morita, Hara, Shibata, Sakai, Kudo, Yokoyama, Miyazaki, Miyamoto, Uchida, Takagi, Ando""")
JAPANESE_GIVEN = words("""Haruto, Yuto, Sota, Yuki, Hayato, Haruki, Ryusei, Koki, Sora, Hiroshi, Takashi, Kenji, Akira, Satoshi, Daisuke, Kazuki, Naoki
Yui, Aoi, Hina, Sakura, Hinata, Rin, Misaki, Yuna, Akiko, Keiko, Yoko, Naomi, Emiko, Haruka, Ayumi, Megumi, Tomoko, Mariko, Chiyo, Kenichi, Masaru""")
PINYIN = words("""Wang, Li, Zhang, Liu, Chen, Yang, Huang, Zhao, Wu, Zhou, Xu, Sun, Ma, Zhu, Hu, Guo, He, Lin, Gao, Luo, Zheng, Liang, Xie, Song, Tang, Deng
Feng, Han, Cao, Zeng, Peng, Xiao, Cai, Pan, Tian, Dong, Yuan, Yu, Jiang, Du, Ye, Cheng, Wei, Su, Lü, Ding, Ren, Shen, Yao, Lu, Fu, Zhong, Cui, Tan, Liao
Ouyang, Situ, Zhuge, Kim, Park, Lee, Choi, Jung, Kang, Cho, Yoon, Jang, Lim""")
PINYIN_GIVEN = words("""Wei, Fang, Na, Min, Jing, Lei, Jun, Yang, Yong, Yan, Jie, Juan, Tao, Ming, Chao, Xia, Ping, Gang, Xiaoming, Xiaohong, Jianguo, Zhiqiang
Meiling, Yuting, Haoran, Zihan, Yifan, Jiahui, Xinyi, Weiqiang, Lihua, Guoqiang, Shuang, Yun, Ting, Bo, Hao, Min-jun, Ji-woo, Seo-yeon, Hyun-woo""")
NICKS = words("""Bob, Bill, Liz, Kate, Tom, Tim, Jim, Joe, Sam, Max, Ben, Dan, Nick, Mike, Steve, Dave, Chris, Alex, Pat, Jo, Sue, Meg, Beth, Peggy, Ted, Ned
Gus, Al, Ron, Ken, Pete, Rob, Matt, Andy, Tony, Vicky, Jenny, Mandy, Sandy, Kim, Lou, Ray, Roy, Ian, Eve, Amy, Zoe, Mia, Ava, Leo, Jay, Ash, Kit, Bea""")
NICKS_ES = words("Pepe, Paco, Nacho, Lola, Charo, Pili, Tere, Maite, Chema, Javi, Manu, Rafa, Santi, Toni, Quique, Concha, Mari, Juanjo, Chelo, Isa, Lucho, Beto")
MONTHS = words("January, February, March, April, May, June, July, August, September, October, November, December, Jan, Feb, Mar, Apr, Jun, Jul, Aug, Sept, Oct, Nov, Dec")
MONTHS_ES = words("enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre")
DAYS = words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")
DAYS_ES = words("lunes, martes, miércoles, jueves, viernes, sábado, domingo")
DISEASES = words("""diabetes, hypertension, asthma, Alzheimer's disease, Parkinson's disease, Crohn's disease, Hodgkin lymphoma, pneumonia, atrial fibrillation
COPD, migraine, sciatica, Graves' disease, Down syndrome, Raynaud phenomenon, Bell's palsy, gout, anemia, sepsis, stroke, Cushing syndrome, otitis media
Guillain-Barré syndrome, Wilson disease, Addison's disease, influenza, osteoarthritis, hypothyroidism, Kawasaki disease, Lyme disease, psoriasis""")
DRUGS = words("""ibuprofen, metformin, lisinopril, atorvastatin, amoxicillin, Tylenol, Advil, Lipitor, Plavix, aspirin, warfarin, Lasix, prednisone, insulin
omeprazole, Zoloft, gabapentin, albuterol, levothyroxine, Xarelto, morphine, Ventolin, Augmentin, Humira, Keytruda, sertraline, amlodipine, Coumadin""")
PRODUCTS = words("""Windows, PowerShell, Azure, Microsoft Office, Excel, Word, Outlook, Linux, Ubuntu, macOS, iPhone, Android, Chrome, Firefox, Docker, Kubernetes
GitHub, Git, Python, Java, JavaScript, Node.js, Visual Studio Code, SQL Server, Oracle Database, PostgreSQL, MySQL, Redis, Kafka, Active Directory, Exchange
SharePoint, Teams, Slack, Zoom, Jira, Confluence, Terraform, Ansible, Jenkins, Apache, Nginx, Hyper-V, VMware, Bluetooth, Wi-Fi, USB, HDMI, Ethernet, REST
JSON, XML, YAML, HTTP, TCP, SSH, OAuth, Bash, Zsh, Homebrew, Photoshop, AutoCAD, SAP, Salesforce, Tableau, Spark, Hadoop, OpenAI, ChatGPT, GPT-4, Llama
Task Scheduler, Control Panel, Event Viewer, Group Policy, Registry Editor, Remote Desktop, Device Manager, Windows Server, Windows Update, Server Manager""")
PARTS = words("""hydraulic pump, conveyor belt, compressor, gearbox, bearing, valve, motor, fan, filter, sensor, boiler, chiller, cooling tower, pressure gauge
seal, coupling, hose, loader, excavator, transformer, breaker, PLC, inverter, turbine, heat exchanger, feed pump, spindle, actuator, crane, dozer""")
PARTS_ES = words("bomba hidráulica, cinta transportadora, compresor, reductor, rodamiento, válvula, motor, ventilador, filtro, sensor, caldera, turbina, grúa, prensa")
JOBS = words("nurse, engineer, teacher, lawyer, plumber, driver, cook, manager, accountant, electrician, farmer, clerk, student, technician, carpenter, pilot")
THINGS = words("""invoice, order, refund, ticket, package, password, account, contract, delivery, appointment, report, booking, claim, license, passport, payment
subscription, statement, warranty, laptop, phone, printer, badge, key, parcel, form, prescription, application, reservation, mortgage, policy""")
FOODS = words("apples, oranges, cookies, cupcakes, pizza, eggs, tomatoes, bananas, sandwiches, muffins, pies, carrots, candies, watermelons, potatoes")
UNITS = words("miles, kg, pounds, liters, hours, minutes, meters, dollars, cents, feet, inches, gallons, weeks, days, years, cups, kilometers, degrees")
TOPICS = words("""music, history, chemistry, baseball, jazz, poetry, physics, cooking, politics, finance, medicine, gardening, tennis, painting, travel, film
mathematics, insurance, biology, fashion, photography, chess, robotics, geology, football, theatre, taxes, philosophy, swimming, coding""")
NATIONS = words("""American, British, French, German, Spanish, Italian, Chinese, Japanese, Korean, Indian, Mexican, Brazilian, Canadian, Dutch, Greek, Irish
Polish, Russian, Swedish, Thai, Turkish, Ukrainian, Catholic, Muslim, Jewish, Buddhist, European, Asian, African, Cuban, Danish, Finnish, Norwegian""")
